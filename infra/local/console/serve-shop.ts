import type { FastifyInstance } from 'fastify';
import { forward } from './forward.ts';
import type { Page } from './page.ts';
import { servePage } from './serve-page.ts';

const PREFIX = '/shop';
const API_PREFIX = `${PREFIX}/api`;
const HTTP_UNAUTHORIZED = 401;
const BEARER = /^Bearer [\w.~+/-]+=*$/;

/** What a shop's user may do on the page. The API decides whose orders they see. */
const FORWARDED = ['/search/products', '/search/suggest', '/search/orders', '/users/:userId/orders/:orderId'];

/** Serves the shop's search page. Its requests go to the API with the token of its user: never with the operator's, and not without one. */
export function serveShop(app: FastifyInstance, page: Page, apiUrl: string): void {
  for (const path of FORWARDED)
    app.get(API_PREFIX + path, async (request, reply) => {
      const { authorization = '' } = request.headers;
      if (!BEARER.test(authorization))
        return reply.code(HTTP_UNAUTHORIZED).send({ detail: 'The request has no bearer token.' });
      return forward(request, reply, {
        target: apiUrl + request.url.slice(API_PREFIX.length),
        authorization: async () => authorization,
      });
    });
  servePage(app, page, { prefix: PREFIX, requests: `${API_PREFIX}/` });
}
