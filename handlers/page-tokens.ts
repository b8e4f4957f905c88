import { parse } from '../contracts/reading.ts';
import type { Clock } from '../pipelines/clock.ts';
import { PageTokens, SigningKey, type SigningKeys } from '../pipelines/paging/page-tokens.ts';
import { environment } from './environment.ts';

/**
 * The page tokens of a function; made once in its process. Their keys come from the secret that PAGE_TOKEN_SECRET_ARN names,
 * which is read when the first token is made or parsed, or are the one of PAGE_TOKEN_KEY.
 *
 * @throws EnvironmentError when neither variable is set; InvalidValueError when PAGE_TOKEN_KEY is shorter than a key must be.
 */
export function pageTokens(clock: Clock): PageTokens {
  const { PAGE_TOKEN_KEY: given } = environment('PAGE_TOKEN_KEY');
  return new PageTokens({ keys: given === undefined ? keysOfSecret() : keysOf(given), clock });
}

function keysOf(given: string): () => Promise<SigningKeys> {
  const keys: SigningKeys = [parse(SigningKey, given)];
  return async () => keys;
}

function keysOfSecret(): () => Promise<SigningKeys> {
  const { PAGE_TOKEN_SECRET_ARN } = environment('PAGE_TOKEN_SECRET_ARN');
  let source: Promise<() => Promise<SigningKeys>> | undefined;
  return async () => {
    // A list's first page without a next one needs no key, and need not load Secrets Manager's client either.
    source ??= import('./signing-keys.ts').then(({ secretKeys }) => secretKeys(PAGE_TOKEN_SECRET_ARN));
    return (await source)();
  };
}
