import { GetParameterError } from '@aws-lambda-powertools/parameters/errors';
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { ResourceNotFoundException, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { parse } from '../contracts/reading.ts';
import type { Clock } from '../pipelines/clock.ts';
import { PageTokens, SigningKey, type SigningKeys } from '../pipelines/paging/page-tokens.ts';
import { secretsManager } from './clients.ts';
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
    source ??= import('./page-tokens.ts').then(({ secretKeys }) => secretKeys(PAGE_TOKEN_SECRET_ARN));
    return (await source)();
  };
}

/** How long a key is used before it is read again, in seconds. */
const KEY_AGE_SECONDS_MAX = 5 * 60;
const ABSENT = '';

/** Remembers also that a version does not exist. The provider alone would send a request for each token. */
class OptionalVersionProvider extends SecretsProvider {
  protected override async _get(...[name, options]: Parameters<SecretsProvider['_get']>) {
    try {
      return await super._get(name, options);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return ABSENT;
      throw error;
    }
  }
}

/**
 * Gives a secret's versions as signing keys: AWSCURRENT signs; AWSPENDING and AWSPREVIOUS verify, where they exist. Pending
 * ones too, since at a rotation another process may sign with the new key while this one still remembers the old.
 * See https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version.
 *
 * @returns a source of keys that throws what the SDK throws, and InvalidValueError for a secret that is no key.
 */
export function secretKeys(
  secretArn: string,
  client: SecretsManagerClient = secretsManager(),
): () => Promise<SigningKeys> {
  // One provider a version: it caches by the secret's name alone
  // (https://github.com/aws-powertools/powertools-lambda-typescript/issues/5622).
  const current = new SecretsProvider({ awsSdkV3Client: client });
  const pending = new OptionalVersionProvider({ awsSdkV3Client: client });
  const previous = new OptionalVersionProvider({ awsSdkV3Client: client });
  return async () => {
    const [signing, ...verifying] = await Promise.all([
      readVersion(current, secretArn, 'AWSCURRENT'),
      readVersion(pending, secretArn, 'AWSPENDING'),
      readVersion(previous, secretArn, 'AWSPREVIOUS'),
    ]);
    const existing = verifying.filter((secret) => secret !== ABSENT);
    return [parse(SigningKey, signing), ...existing.map((secret) => parse(SigningKey, secret))];
  };
}

async function readVersion(provider: SecretsProvider, secretArn: string, stage: string): Promise<unknown> {
  try {
    return await provider.get(secretArn, {
      maxAge: KEY_AGE_SECONDS_MAX,
      sdkOptions: { VersionStage: stage },
    });
  } catch (error) {
    // Its cause says whether it is retryable.
    throw error instanceof GetParameterError && error.cause !== undefined ? error.cause : error;
  }
}
