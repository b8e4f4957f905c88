import type { Clock } from '../pipelines/clock.ts';
import { PageTokens } from '../pipelines/paging/page-tokens.ts';
import { environment } from './environment.ts';
import { givenOrSecretKeys } from './token-keys.ts';

/**
 * The page tokens of a function; made once in its process. Their keys come from the secret that PAGE_TOKEN_SECRET_ARN names,
 * which is read when the first token is made or parsed, or are the one of PAGE_TOKEN_KEY.
 *
 * @throws EnvironmentError when neither variable is set; InvalidValueError when PAGE_TOKEN_KEY is shorter than a key must be.
 */
export function pageTokens(clock: Clock): PageTokens {
  const { PAGE_TOKEN_KEY: given } = environment('PAGE_TOKEN_KEY');
  const secretArn = () => environment('PAGE_TOKEN_SECRET_ARN').PAGE_TOKEN_SECRET_ARN;
  return new PageTokens({ keys: givenOrSecretKeys(given, secretArn), clock });
}
