import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Throughput } from '../../../contracts/api/operators.ts';
import { LOCAL_HOST, requireFreePort } from '../machine/free-port.ts';
import type { Page } from './page.ts';

/** What the console shows. */
export interface ConsoleSource {
  /** A name for people. */
  readonly title: string;
  readonly apiUrl: string;
  /** A token with the scope `ops`, valid for the next request. */
  readonly token: () => Promise<string>;
  /** The throughput, if this process measures it better than the API. */
  readonly throughput?: () => Throughput;
}

const PREFIX = '/api';
const HTTP_FORBIDDEN = 403;
const HTTP_BAD_GATEWAY = 502;
const REQUEST_TIMEOUT_MS = 35_000;

/** The page loads nothing from another origin, and no other page can frame it. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/**
 * Serves the console on 127.0.0.1, and forwards its requests to the API with a token that the page never sees. A caller who reaches
 * this server acts as an operator, so it refuses other web pages in the same browser. It checks the `Host` against DNS rebinding,
 * and the `Origin` against forms of other pages.
 *
 * @throws LocalPartError `port-taken`.
 */
export async function startConsoleServer(
  source: ConsoleSource,
  page: Page,
  port = 0,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  await requireFreePort(port, 'The console');
  const app = Fastify({ forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    if (!isOwn(request))
      return reply.code(HTTP_FORBIDDEN).send({ detail: 'Only the console may send requests.' });
  });
  app.get(`${PREFIX}/console`, async () => ({ title: source.title }));
  const { throughput } = source;
  if (throughput !== undefined) app.get(`${PREFIX}/ops/throughput`, async () => throughput());
  // The token allows more than the console needs, so only the requests of the console are forwarded.
  const handler = (request: FastifyRequest, reply: FastifyReply) => forward(source, request, reply);
  app.route({ method: ['GET', 'POST'], url: `${PREFIX}/ops/*`, handler });
  app.get(`${PREFIX}/search/orders`, handler);
  app.get(`${PREFIX}/products`, handler);
  app.get('/*', async (request, reply) => {
    const path = new URL(request.url, 'http://console').pathname;
    const file = page.get(path === '/' ? '/index.html' : path);
    if (file === undefined) return reply.callNotFound();
    return reply.headers(PAGE_HEADERS).type(file.mediaType).send(file.body);
  });
  const url = await app.listen({ host: LOCAL_HOST, port });
  return { url, stop: () => app.close() };
}

function isOwn({ method, headers, socket }: FastifyRequest): boolean {
  const hosts = [LOCAL_HOST, 'localhost'].map((name) => `${name}:${socket.localPort}`);
  if (!hosts.includes(headers.host ?? '')) return false;
  const origins = hosts.map((host) => `http://${host}`);
  return method === 'GET' || origins.includes(headers.origin ?? '');
}

async function forward(
  { apiUrl, token }: ConsoleSource,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  try {
    const response = await fetch(apiUrl + request.url.slice(PREFIX.length), {
      method: request.method,
      headers: { authorization: `Bearer ${await token()}` },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      redirect: 'error',
    });
    return reply
      .code(response.status)
      .type(response.headers.get('content-type') ?? 'application/json')
      .header('cache-control', 'no-store')
      .send(await response.text());
  } catch (error) {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
    return reply.code(HTTP_BAD_GATEWAY).send({ detail: `The API cannot be reached. ${detail}` });
  }
}
