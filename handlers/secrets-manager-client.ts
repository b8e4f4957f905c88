import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { transport } from './transport.ts';

/** Apart from the other clients, so that a function loads it with its first page token and not at its start. */
export const secretsManager = (): SecretsManagerClient => new SecretsManagerClient(transport);
