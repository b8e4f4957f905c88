import { parse } from '../../contracts/reading.ts';
import { type EmailHashSource, emailHash } from '../../pipelines/search/email-hash.ts';
import { SigningKey } from '../../pipelines/signing/sealed-tokens.ts';

/** The keyed hash of addresses that the tests' documents have. */
export const hashEmail = emailHash(parse(SigningKey, 'the key of the tests, which is no secret'));

/** The same, as what writes documents takes it. */
export const emailHashes: EmailHashSource = async () => hashEmail;
