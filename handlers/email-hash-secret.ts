import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { parse } from '../contracts/reading.ts';
import {
  type EmailHash,
  EmailHashKeyError,
  type EmailHashSource,
  emailHash,
} from '../pipelines/search/email-hash.ts';
import { SigningKey } from '../pipelines/signing/sealed-tokens.ts';
import { transport } from './transport.ts';

/**
 * The hash whose key is the value of a secret. A key that was read is kept, since it never changes without a rebuild of the index; a
 * failure is not. See https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html.
 *
 * @returns a source that throws EmailHashKeyError.
 */
export function secretEmailHash(
  secretArn: string,
  client: SecretsManagerClient = new SecretsManagerClient(transport),
): EmailHashSource {
  let reading: Promise<EmailHash> | undefined;
  return () => {
    reading ??= readKey(client, secretArn).then(emailHash, (error: unknown) => {
      reading = undefined;
      const kind = error instanceof Error ? error.name : 'unknown';
      throw new EmailHashKeyError(`The key of the e-mail hash could not be read: ${kind}`);
    });
    return reading;
  };
}

async function readKey(client: SecretsManagerClient, secretArn: string): Promise<SigningKey> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  return parse(SigningKey, SecretString);
}
