import Fastify, { type FastifyRequest } from 'fastify';
import type { Throughput } from '../../../contracts/api/operators.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { LOCAL_HOST, requireFreePort } from '../machine/free-port.ts';
import { forward } from './forward.ts';
import type { Page } from './page.ts';
import { servePage } from './serve-page.ts';
import { serveShop } from './serve-shop.ts';

/** What the console shows. */
export interface ConsoleSource {
  /** A name for people. */
  readonly title: string;
  readonly apiUrl: string;
  /** A token with the scopes `ops:read` and `ops:write`, valid for the next request. */
  readonly token: () => Promise<string>;
  /** The throughput, if this process measures it better than the API. */
  readonly throughput?: () => Throughput;
}

const PREFIX = '/api';
const HTTP_FORBIDDEN = 403;

/** What the console requests. Its token allows more than that, so the server forwards nothing else. */
const FORWARDED = {
  GET: [
    '/ops/status',
    '/ops/lag',
    '/ops/throughput',
    '/ops/activity',
    '/ops/verify',
    '/ops/dead-letters',
    '/ops/dead-letters/causes',
    '/ops/dead-letters/:id',
    '/ops/orders/:userId/:orderId/timeline',
    '/search/orders',
    '/search/suggest',
    '/search/users',
    '/products',
  ],
  POST: [
    '/ops/dead-letters/replay',
    '/ops/dead-letters/purge',
    '/ops/dead-letters/:id/fix',
    '/ops/consumers/:consumer/pause',
    '/ops/consumers/:consumer/resume',
  ],
} as const;

/** The built pages. */
export interface Pages {
  readonly console: Page;
  readonly shop: Page;
}

/**
 * Serves the console and the shop's search page on 127.0.0.1. It forwards the console's requests to the API with a token that the page
 * never sees, and those of the shop's page with the token of its user alone. A caller who reaches this server acts as an operator, so
 * it refuses other web pages in the same browser. It checks the `Host` against DNS rebinding, and the `Origin` against forms of other
 * pages.
 *
 * @throws LocalPartError `port-taken`.
 */
export async function startConsoleServer(
  source: ConsoleSource,
  pages: Pages,
  port = 0,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  await requireFreePort(port, 'The console');
  const app = Fastify({ forceCloseConnections: true, exposeHeadRoutes: false });
  app.addHook('onRequest', async (request, reply) => {
    if (!isOwn(request))
      return reply.code(HTTP_FORBIDDEN).send({ detail: 'Only the console may send requests.' });
  });
  app.get(`${PREFIX}/console`, async () => ({ title: source.title, version: manifest.version }));
  const { throughput } = source;
  if (throughput !== undefined) app.get(`${PREFIX}/ops/throughput`, async () => throughput());
  // Fastify reads a JSON body only to check it: what is forwarded are its bytes.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
  for (const method of ['GET', 'POST'] as const)
    for (const path of FORWARDED[method])
      if (throughput === undefined || path !== '/ops/throughput')
        app.route({
          method,
          url: PREFIX + path,
          handler: (request, reply) =>
            forward(request, reply, {
              target: source.apiUrl + request.url.slice(PREFIX.length),
              authorization: async () => `Bearer ${await source.token()}`,
            }),
        });
  serveShop(app, pages.shop, source.apiUrl);
  servePage(app, pages.console, { prefix: '', requests: '/' });
  const url = await app.listen({ host: LOCAL_HOST, port });
  return { url, stop: () => app.close() };
}

function isOwn({ method, headers, socket }: FastifyRequest): boolean {
  const hosts = [LOCAL_HOST, 'localhost'].map((name) => `${name}:${socket.localPort}`);
  if (!hosts.includes(headers.host ?? '')) return false;
  const origins = hosts.map((host) => `http://${host}`);
  return method === 'GET' || origins.includes(headers.origin ?? '');
}
