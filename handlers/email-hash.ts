import { parse } from '../contracts/reading.ts';
import { type EmailHashSource, emailHash } from '../pipelines/search/email-hash.ts';
import { SigningKey } from '../pipelines/signing/sealed-tokens.ts';
import { secretEmailHash } from './email-hash-secret.ts';
import { environment } from './environment.ts';

/**
 * The hash of addresses of a function; made once in its process. Its key comes from the secret that EMAIL_HASH_SECRET_ARN names, which is
 * read when the first address is hashed, or is the one of EMAIL_HASH_KEY.
 *
 * @throws EnvironmentError when neither variable is set; InvalidValueError when EMAIL_HASH_KEY is shorter than a key must be.
 */
export function emailHashSource(): EmailHashSource {
  const { EMAIL_HASH_KEY: given } = environment('EMAIL_HASH_KEY');
  return given === undefined ? hashOfSecret() : hashOf(given);
}

/** The hash with that key. @throws InvalidValueError when it is shorter than a key must be. */
export function hashOf(given: string): EmailHashSource {
  const hash = emailHash(parse(SigningKey, given));
  return async () => hash;
}

function hashOfSecret(): EmailHashSource {
  const { EMAIL_HASH_SECRET_ARN } = environment('EMAIL_HASH_SECRET_ARN');
  let source: EmailHashSource | undefined;
  return () => {
    // Most searches hash no address, and need no client of Secrets Manager.
    source ??= secretEmailHash(EMAIL_HASH_SECRET_ARN);
    return source();
  };
}
