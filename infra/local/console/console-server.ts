import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Throughput } from '../../../contracts/api/operators.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { LOCAL_HOST, requireFreePort } from '../machine/free-port.ts';
import type { Page, PageFile } from './page.ts';

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
const HTTP_NOT_MODIFIED = 304;
const HTTP_FORBIDDEN = 403;
const HTTP_NOT_FOUND = 404;
const HTTP_BAD_GATEWAY = 502;
const REQUEST_TIMEOUT_MS = 35_000;

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

/** The page loads nothing from another origin, and no other page can frame it. */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  vary: 'accept-encoding',
};
/** The name of an asset has a hash of its contents. A browser asks for the other files each time, and gets them if they have changed. */
const CACHE_OF_ASSETS = 'public, max-age=31536000, immutable';
const CACHE_OF_OTHERS = 'no-cache';

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
          handler: (request, reply) => forward(source, request, reply),
        });
  const files = new Map([...page].map(([path, file]) => [path, encodedFile(path, file)]));
  app.get('/*', async (request, reply) => {
    const path = new URL(request.url, 'http://console').pathname;
    const file = files.get(path === '/' ? '/index.html' : path);
    if (file === undefined) return reply.callNotFound();
    reply.headers({ ...PAGE_HEADERS, etag: file.etag, 'cache-control': file.cacheControl });
    if (request.headers['if-none-match'] === file.etag) return reply.code(HTTP_NOT_MODIFIED).send();
    const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding']));
    if (takesGzip) reply.header('content-encoding', 'gzip');
    return reply.type(file.mediaType).send(takesGzip ? file.gzipped : file.body);
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

const encodedFile = (path: string, { mediaType, body }: PageFile) => ({
  mediaType,
  body,
  gzipped: gzipSync(body),
  // Weak, since it is the same with and without gzip.
  etag: `W/"${createHash('sha256').update(body).digest('base64url')}"`,
  cacheControl: path.startsWith('/assets/') ? CACHE_OF_ASSETS : CACHE_OF_OTHERS,
});

async function forward(
  { apiUrl, token }: ConsoleSource,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const target = apiUrl + request.url.slice(PREFIX.length);
  // A dot segment would lead to a path that is not in the list.
  if (new URL(target).href !== target)
    return reply.code(HTTP_NOT_FOUND).send({ detail: 'The path is not in its normal form.' });
  const body = typeof request.body === 'string' ? request.body : undefined;
  try {
    const response = await fetch(target, {
      method: request.method,
      headers: {
        authorization: `Bearer ${await token()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
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
