import { createHmac } from 'node:crypto';
import { TransientError } from '../errors.ts';
import type { SigningKey } from '../signing/sealed-tokens.ts';

/** The keyed hash of an address: what the index holds in its place, so that an exact address is found and none can be read. */
export type EmailHash = (email: string) => string;

/** Gives the hash. Its key may come from a secret, so that it throws {@link EmailHashKeyError}. */
export type EmailHashSource = () => Promise<EmailHash>;

/** The key of the hash could not be read, or is no key. */
export class EmailHashKeyError extends TransientError {
  override readonly code = 'email-hash-key';
  override readonly remedy =
    "Check the secret EmailHashKey and the function's permission to read it; all changes of search-index wait in the stream.";
}

/**
 * HMAC-SHA-256 of an address, as base64url. An address may be typed in any case: RFC 5321 leaves the case of the part before the `@` to its
 * host and advises against relying on it, so that two addresses that differ in case alone have one hash. The contract of an address
 * leaves only ASCII without blanks, so that nothing else is to be normalised.
 * See https://www.rfc-editor.org/rfc/rfc5321#section-2.4.
 */
export const emailHash =
  (key: SigningKey): EmailHash =>
  (email) =>
    createHmac('sha256', key).update(email.toLowerCase()).digest('base64url');
