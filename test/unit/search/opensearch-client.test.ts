import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSearch } from '../../../handlers/opensearch-client.ts';

let server: Server;
let requests: IncomingMessage[];

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  vi.stubEnv('OPENSEARCH_ENDPOINT', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
  vi.stubEnv('AWS_SESSION_TOKEN', 'example-session');
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

describe('the OpenSearch client of a function', () => {
  it('signs for the service es of its region, with the session of its role', async () => {
    vi.stubEnv('OPENSEARCH_AUTH', 'sigv4');

    await openSearch().transport.request({ method: 'POST', path: '/_bulk', bulkBody: '{}\n' });

    expect(requests[0]?.headers).toMatchObject({
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/es\//,
      ),
      'x-amz-security-token': 'example-session',
    });
  });

  it('sends no credentials where there is nothing to sign', async () => {
    vi.stubEnv('OPENSEARCH_AUTH', 'none');

    await openSearch().transport.request({ method: 'GET', path: '/' });

    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  it('sends a user and password where the cluster asks for them', async () => {
    vi.stubEnv('OPENSEARCH_AUTH', 'basic');
    vi.stubEnv('OPENSEARCH_USERNAME', 'ada');
    vi.stubEnv('OPENSEARCH_PASSWORD', 'p:w');

    await openSearch().transport.request({ method: 'GET', path: '/' });

    const sent = Buffer.from(requests[0]?.headers.authorization?.replace('Basic ', '') ?? '', 'base64');
    expect(sent.toString()).toBe('ada:p:w');
  });

  it('is not made without the password, and does not say the user', () => {
    vi.stubEnv('OPENSEARCH_AUTH', 'basic');
    vi.stubEnv('OPENSEARCH_USERNAME', 'ada');
    vi.stubEnv('OPENSEARCH_PASSWORD', undefined);

    expect(() => openSearch()).toThrow(/OPENSEARCH_PASSWORD/);
    expect(() => openSearch()).not.toThrow(/ada/);
  });

  it('is not made without an endpoint', () => {
    vi.stubEnv('OPENSEARCH_AUTH', 'none');
    vi.stubEnv('OPENSEARCH_ENDPOINT', undefined);

    expect(() => openSearch()).toThrow(/OPENSEARCH_ENDPOINT/);
  });
});
