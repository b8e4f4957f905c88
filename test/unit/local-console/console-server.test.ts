import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Throughput } from '../../../contracts/api/operators.ts';
import { startConsoleServer } from '../../../infra/local/console/console-server.ts';
import { TokenCommandFailedError } from '../../../infra/local/console/token-command.ts';

const pageOf = (text: string) =>
  new Map([['/index.html', { mediaType: 'text/html', body: Buffer.from(text) }]]);
/** Starts a server without a token, because of `error`, and requests something of the API. */
async function requestedWithout(error: Error): Promise<readonly [number, string]> {
  const token = () => Promise.reject(error);
  const { url, stop } = await startConsoleServer(
    { title: 'a test', apiUrl: 'http://127.0.0.1:1', token },
    pages,
  );
  const response = await fetch(`${url}/api/ops/status`);
  const body = await response.text();
  await stop();
  return [response.status, body];
}
const pages = { console: pageOf('the page'), shop: pageOf('the shop') };
const throughput = Throughput.parse({
  lags: [],
  from: '2026-03-01T12:00:00.000Z',
  periodSeconds: 1,
  series: [],
});

let api: FastifyInstance;
let server: Awaited<ReturnType<typeof startConsoleServer>>;
const seen: string[] = [];
beforeEach(async () => {
  seen.length = 0;
  api = Fastify();
  api.all('/*', async ({ method, url, headers, body }) => {
    seen.push(
      `${method} ${url} ${headers.authorization}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`,
    );
    return { isAnswer: true };
  });
  const apiUrl = await api.listen({ host: '127.0.0.1', port: 0 });
  const source = { title: 'a test', apiUrl, token: async () => 'secret', throughput: () => throughput };
  server = await startConsoleServer(source, pages);
});
afterEach(async () => {
  await server.stop();
  await api.close();
});

/** The status of a request with these headers, which `fetch` would not let a test set. */
const statusOf = (path: string, method = 'GET', headers: Record<string, string> = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    request(server.url + path, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });

/** The status of a request line as it is, which no client would send. */
async function statusOfLine(line: string, headers: Record<string, string> = {}): Promise<number> {
  const { host, hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const sent = Object.entries({ host, connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  socket.end(`${[line, ...sent].join('\r\n')}\r\n\r\n`);
  const answer = await text(socket);
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
}

const ODD_STEPS = [
  ...[
    '..',
    '.',
    '%2e%2e',
    '.%2E',
    '%2e',
    '%252e%252e',
    '..;',
    '..%00',
    '%2e%2e%2f',
    '..%2f..%2f',
    '..%5c',
    '..\\',
    '\\..\\',
  ],
  ...['%c0%ae%c0%ae', '%u002e%u002e', '...', '', '/', ' ..', '..\t', '%0d%0a', '@', '?', '#', '%'],
];
/** Paths to a user by way of what is forwarded. */
const ODD_PATHS = ODD_STEPS.flatMap((step) =>
  ['/ops', '/ops/dead-letters', '/ops/dead-letters/x', '/ops/orders/ada', '/search', '/products', ''].flatMap(
    (base) =>
      ['/', '%2f', '%2F', '\\', ''].flatMap((slash) => [
        `${base}/${step}${slash}users/ada`,
        `${base}/${step}${slash}${step}${slash}users/ada`,
        `${base}${slash}${step}/users/ada`,
      ]),
  ),
);

describe("the console's server", () => {
  it('serves the page under a policy that lets nothing in from elsewhere', async () => {
    const response = await fetch(server.url);
    expect(await response.text()).toBe('the page');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('hands requests on with the token, and keeps the token to itself', async () => {
    const response = await fetch(`${server.url}/api/search/orders?q=a%20b`);
    expect(await response.json()).toEqual({ isAnswer: true });
    expect(seen).toEqual(['GET /search/orders?q=a%20b Bearer secret']);
  });

  it('hands on nothing but what the console shows', async () => {
    expect(await statusOf('/api/users/ada')).toBe(404);
    expect(await statusOf('/api/products', 'POST', { origin: server.url })).toBe(404);
    expect(await statusOf('/api/ops/dead-letters/../../users/ada')).toBe(404);
    expect(await statusOf('/api/ops/dead-letters/..')).toBe(404);
    expect(seen).toEqual([]);
  });

  it.each([['/api', {}] as const, ['/shop/api', { authorization: 'Bearer of-ada' }] as const])(
    'leads from %s to no path that it does not show, whatever the path is written like',
    { timeout: 60_000 },
    async (prefix, headers) => {
      const lines = ODD_PATHS.flatMap((path) => [
        `GET ${prefix}${path} HTTP/1.1`,
        `GET ${server.url}${prefix}${path} HTTP/1.1`,
      ]);
      for (let start = 0; start < lines.length; start += 50)
        await Promise.all(lines.slice(start, start + 50).map((line) => statusOfLine(line, headers)));
      const shown =
        /^GET \/(ops\/dead-letters(?:\/(?:users|ada|x))?|ops\/orders\/[\w-]+\/[\w-]+\/timeline|products|search\/\w+)(\?| )/;
      expect(seen.filter((line) => !shown.test(line))).toEqual([]);
    },
  );

  it.each(['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'])(
    'hands on no request by %s',
    async (method) => {
      const status = await statusOfLine(`${method} /api/ops/status HTTP/1.1`, { origin: server.url });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(seen).toEqual([]);
    },
  );

  it('answers the throughput itself where it knows better', async () => {
    expect(await (await fetch(`${server.url}/api/ops/throughput`)).json()).toEqual(throughput);
    expect(seen).toEqual([]);
  });

  it('refuses a name that is not its own, to which another page may have made it lead', async () => {
    expect(await statusOf('/api/search/orders', 'GET', { host: 'evil.example' })).toBe(403);
    expect(await statusOf('/', 'GET', { host: `evil.example:${new URL(server.url).port}` })).toBe(403);
    expect(seen).toEqual([]);
  });

  it('refuses a change that another page asks for, or without an origin', async () => {
    const path = '/api/ops/consumers/order-events/pause';
    expect(await statusOf(path, 'POST', { origin: 'http://evil.example' })).toBe(403);
    expect(await statusOf(path, 'POST')).toBe(403);
    expect(await statusOf(path, 'POST', { origin: server.url })).toBe(200);
    expect(seen).toHaveLength(1);
  });

  it('hands on the JSON body of an action as it is', async () => {
    const response = await fetch(`${server.url}/api/ops/dead-letters/replay`, {
      method: 'POST',
      headers: { origin: server.url, 'content-type': 'application/json' },
      body: '{"ids":["a"],"dryRun":true}',
    });
    expect(response.status).toBe(200);
    expect(seen).toEqual(['POST /ops/dead-letters/replay Bearer secret {"ids":["a"],"dryRun":true}']);
  });

  it('compresses the page, and says when the browser already has it', async () => {
    const { headers } = await fetch(server.url);
    expect(headers.get('content-encoding')).toBe('gzip');
    const tag = headers.get('etag') ?? '';
    expect(await statusOf('/', 'GET', { 'if-none-match': tag })).toBe(304);
    expect(await statusOf('/', 'GET', { 'if-none-match': 'W/"other"' })).toBe(200);
  });

  it('says that there is no token, and not that the API cannot be reached', async () => {
    expect(await requestedWithout(new TokenCommandFailedError('ended with 3'))).toEqual([
      502,
      '{"detail":"The token command failed: it ended with 3. Look at what it wrote in the terminal of the console."}',
    ]);
  });

  it('keeps to itself why else there is no token', async () => {
    expect(await requestedWithout(new Error('Command failed: print --password=secret'))).toEqual([
      502,
      '{"detail":"There is no token for the request."}',
    ]);
  });

  it('says that the API cannot be reached', async () => {
    await api.close();
    expect(await statusOf('/api/search/orders')).toBe(502);
  });
});

describe("the shop's page on the console's server", () => {
  const shop = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/shop${path}`, { headers });

  it.each(['', '/', '/?utm=1'])(
    'is served at /shop%s, and may send requests to its own paths alone',
    async (path) => {
      const response = await shop(path);
      expect(await response.text()).toBe('the shop');
      expect(response.headers.get('content-security-policy')).toContain(
        `connect-src ${server.url}/shop/api/;`,
      );
    },
  );

  it("hands requests on with the user's own token, never with the operator's", async () => {
    const path = '/api/search/products?q=a%20b';
    await shop(path, { authorization: 'Bearer of-ada' });
    expect(seen).toEqual(['GET /search/products?q=a%20b Bearer of-ada']);
    for (const authorization of ['', 'Basic YWRhOg==', 'Bearer ', 'Bearer of ada'])
      expect((await shop(path, { authorization })).status).toBe(401);
    expect((await shop(path)).status).toBe(401);
    expect(seen).toHaveLength(1);
  });

  it.each([
    '/api/search/users',
    '/api/ops/status',
    '/api/users/ada',
    '/api/orders',
    '/api/users/ada/orders/%2e%2e',
  ])('does not hand on %s', async (path) => {
    expect(await statusOf(`/shop${path}`, 'GET', { authorization: 'Bearer of-ada' })).toBe(404);
    expect(seen).toEqual([]);
  });

  it.each(['POST', 'DELETE', 'PATCH'])('changes nothing by %s', async (method) => {
    const headers = { authorization: 'Bearer of-ada', origin: server.url };
    expect(await statusOf('/shop/api/users/ada/orders/1', method, headers)).toBe(404);
    expect(seen).toEqual([]);
  });
});
