import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws-v3';
import Connection from '@opensearch-project/opensearch/lib/Connection.js';
import { ConnectionPool } from '@opensearch-project/opensearch/lib/pool/index.js';
import Serializer from '@opensearch-project/opensearch/lib/Serializer.js';
import Transport from '@opensearch-project/opensearch/lib/Transport.js';
import { environment } from './environment.ts';

const REQUEST_TIMEOUT_MS = 10_000;

/** What the client uses in place of the plain parts, and the password of its requests. */
interface Authentication {
  readonly Transport?: typeof Transport;
  readonly Connection?: typeof Connection;
  readonly auth?: { readonly username: string; readonly password: string };
}

/**
 * The OpenSearch client of a function's process: signed for AWS where OPENSEARCH_AUTH is `sigv4`, with a password where it is `basic`, plain
 * where it is `none`.
 * It retries nothing, since the event source mapping does, and sends no pings to the one endpoint that it has.
 * See https://docs.aws.amazon.com/opensearch-service/latest/developerguide/request-signing.html.
 *
 * It is made of the parts of the package's own Client without the methods of each API, which would be a large part of a function's bundle.
 *
 * @throws EnvironmentError when OPENSEARCH_ENDPOINT or OPENSEARCH_AUTH is missing, or a variable that the chosen kind needs: AWS_REGION, or
 * OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD.
 */
export function openSearch(): { readonly transport: Transport } {
  const { OPENSEARCH_ENDPOINT, OPENSEARCH_AUTH } = environment('OPENSEARCH_ENDPOINT', 'OPENSEARCH_AUTH');
  const { auth, ...parts }: Authentication = AUTHENTICATIONS[OPENSEARCH_AUTH]();
  const used = { Transport, Connection, ...parts };
  const shared = { emit: () => false, ...(auth && { auth }) };
  const connectionPool = new ConnectionPool({
    ...shared,
    Connection: used.Connection,
    resurrectStrategy: 'none',
  });
  connectionPool.addConnection(OPENSEARCH_ENDPOINT);
  const transport = new used.Transport({
    ...shared,
    connectionPool,
    serializer: new Serializer(),
    maxRetries: 0,
    requestTimeout: REQUEST_TIMEOUT_MS,
    sniffEndpoint: '',
  });
  return { transport };
}

const AUTHENTICATIONS = { sigv4: signed, basic: withPassword, none: () => ({}) };

function signed(): Authentication {
  const { AWS_REGION: region } = environment('AWS_REGION');
  return AwsSigv4Signer({ service: 'es', region, getCredentials: defaultProvider() });
}

function withPassword(): Authentication {
  const { OPENSEARCH_USERNAME: username, OPENSEARCH_PASSWORD: password } = environment(
    'OPENSEARCH_USERNAME',
    'OPENSEARCH_PASSWORD',
  );
  return { auth: { username, password } };
}
