import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Throughput } from '../../../contracts/api/operators.ts';
import { LOCAL_HOST, requireFreePort } from '../parts/free-port.ts';
import type { Page } from './page.ts';

/** What the console shows. */
export interface ConsoleSource {
  /** As a person would call it. */
  readonly title: string;
  readonly apiUrl: string;
  /** A token with the scope `ops`, good for the next request. */
  readonly token: () => Promise<string>;
  /** The throughput, where this process knows it better than the API. */
  readonly throughput?: () => Throughput;
}

const PREFIX = '/api';
const HTTP_FORBIDDEN = 403;
const HTTP_BAD_GATEWAY = 502;
const REQUEST_TIMEOUT_MS = 35_000;

/** Nothing comes from elsewhere, and nobody can put the page into a frame. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/**
 * Serves the console on 127.0.0.1, and hands its requests on to the API with a token that the page never sees. So whoever
 * reaches this server is an operator: another web page in the same browser must not, be it by a name that it has made
 * lead here (the `Host` is looked at) or by a form (the `Origin` is).
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
      return reply.code(HTTP_FORBIDDEN).send({ detail: 'Only the console itself may ask' });
  });
  app.get(`${PREFIX}/console`, async () => ({ title: source.title }));
  const { throughput } = source;
  if (throughput !== undefined) app.get(`${PREFIX}/ops/throughput`, async () => throughput());
  // The token opens more than the console needs: only what it shows is handed on.
  const handler = (request: FastifyRequest, reply: FastifyReply) => handOn(source, request, reply);
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

async function handOn(
  { apiUrl, token }: ConsoleSource,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  try {
    const answer = await fetch(apiUrl + request.url.slice(PREFIX.length), {
      method: request.method,
      headers: { authorization: `Bearer ${await token()}` },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      redirect: 'error',
    });
    return reply
      .code(answer.status)
      .type(answer.headers.get('content-type') ?? 'application/json')
      .header('cache-control', 'no-store')
      .send(await answer.text());
  } catch (error) {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
    return reply.code(HTTP_BAD_GATEWAY).send({ detail: `The API cannot be reached. ${detail}` });
  }
}
