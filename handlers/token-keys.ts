import { parse } from '../contracts/reading.ts';
import { SigningKey, type SigningKeys } from '../pipelines/signing/sealed-tokens.ts';
import { secretKeys } from './signing-keys.ts';

/**
 * The keys of tokens: the one that is given, where there is no Secrets Manager, or else those of a secret.
 *
 * @throws what `secretArn` throws; InvalidValueError when the given key is shorter than a key must be.
 */
export function givenOrSecretKeys(
  given: string | undefined,
  secretArn: () => string,
): () => Promise<SigningKeys> {
  return given === undefined ? keysOfSecret(secretArn()) : keysOf(given);
}

function keysOf(given: string): () => Promise<SigningKeys> {
  const keys: SigningKeys = [parse(SigningKey, given)];
  return async () => keys;
}

function keysOfSecret(secretArn: string): () => Promise<SigningKeys> {
  let source: (() => Promise<SigningKeys>) | undefined;
  return () => {
    // A list's first page without a next one needs no key, and no client of Secrets Manager either.
    source ??= secretKeys(secretArn);
    return source();
  };
}
