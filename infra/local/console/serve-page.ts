import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { Page, PageFile } from './page.ts';

const HTTP_NOT_MODIFIED = 304;
/** The name of an asset has a hash of its contents. A browser asks for the other files each time, and gets them if they have changed. */
const CACHE_OF_ASSETS = 'public, max-age=31536000, immutable';
const CACHE_OF_OTHERS = 'no-cache';

/** Where a page is, and where it may send its requests. */
interface Place {
  /** Before the paths of the page's files; empty for the root. */
  readonly prefix: string;
  /** The paths to which the page may send requests, of this server alone. */
  readonly requests: `${string}/`;
}

/**
 * Serves a built page, compressed. The page loads nothing from another origin, sends requests to the given paths alone, and no other
 * page can frame it. See https://www.w3.org/TR/CSP3/#directive-connect-src.
 */
export function servePage(app: FastifyInstance, page: Page, { prefix, requests }: Place): void {
  const files = new Map([...page].map(([path, file]) => [path, encodedFile(path, file)]));
  const index = files.get('/index.html');
  if (index !== undefined) for (const path of ['/', '']) files.set(path, index);
  const urls = prefix === '' ? ['/*'] : [prefix, `${prefix}/*`];
  for (const url of urls)
    app.get(url, async (request, reply) => {
      const file = files.get(new URL(request.url, 'http://console').pathname.slice(prefix.length));
      if (file === undefined) return reply.callNotFound();
      reply.headers({
        'content-security-policy': policyOf(`http://${request.headers.host}${requests}`),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        vary: 'accept-encoding',
        etag: file.etag,
        'cache-control': file.cacheControl,
      });
      if (request.headers['if-none-match'] === file.etag) return reply.code(HTTP_NOT_MODIFIED).send();
      const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding']));
      if (takesGzip) reply.header('content-encoding', 'gzip');
      return reply.type(file.mediaType).send(takesGzip ? file.gzipped : file.body);
    });
}

const policyOf = (connectSource: string): string =>
  `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src ${connectSource}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const encodedFile = (path: string, { mediaType, body }: PageFile) => ({
  mediaType,
  body,
  gzipped: gzipSync(body),
  // Weak, since it is the same with and without gzip.
  etag: `W/"${createHash('sha256').update(body).digest('base64url')}"`,
  cacheControl: path.startsWith('/assets/') ? CACHE_OF_ASSETS : CACHE_OF_OTHERS,
});
