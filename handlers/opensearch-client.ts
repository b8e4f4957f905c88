import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { Client, type ClientOptions } from '@opensearch-project/opensearch';
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3';
import { environment } from './environment.ts';

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * The OpenSearch client of a function's process: signed for AWS where OPENSEARCH_AUTH is `sigv4`, with a password where it is `basic`, plain
 * where it is `none`.
 * It retries nothing, since the event source mapping does, and sends no pings to the one endpoint that it has.
 * See https://docs.aws.amazon.com/opensearch-service/latest/developerguide/request-signing.html.
 *
 * @throws EnvironmentError when OPENSEARCH_ENDPOINT or OPENSEARCH_AUTH is missing, or a variable that the chosen kind needs: AWS_REGION, or
 * OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD.
 */
export function openSearch(): Client {
  const { OPENSEARCH_ENDPOINT, OPENSEARCH_AUTH } = environment('OPENSEARCH_ENDPOINT', 'OPENSEARCH_AUTH');
  return new Client({
    node: OPENSEARCH_ENDPOINT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    maxRetries: 0,
    resurrectStrategy: 'none',
    ...AUTHENTICATIONS[OPENSEARCH_AUTH](),
  });
}

const AUTHENTICATIONS = { sigv4: signed, basic: withPassword, none: () => ({}) };

function signed(): Pick<ClientOptions, 'Transport' | 'Connection'> {
  const { AWS_REGION: region } = environment('AWS_REGION');
  return AwsSigv4Signer({ service: 'es', region, getCredentials: defaultProvider() });
}

function withPassword(): Pick<ClientOptions, 'auth'> {
  const { OPENSEARCH_USERNAME: username, OPENSEARCH_PASSWORD: password } = environment(
    'OPENSEARCH_USERNAME',
    'OPENSEARCH_PASSWORD',
  );
  return { auth: { username, password } };
}
