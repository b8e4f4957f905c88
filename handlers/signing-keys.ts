import { GetParameterError } from '@aws-lambda-powertools/parameters/errors';
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { ResourceNotFoundException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { parse } from '../contracts/reading.ts';
import { SigningKey, type SigningKeys } from '../pipelines/signing/sealed-tokens.ts';
import { transport } from './transport.ts';

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
  client: SecretsManagerClient = new SecretsManagerClient(transport),
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
