import Fastify, { type FastifyReply } from 'fastify';
import * as z from 'zod';
import {
  DeadLetterFilter,
  DeadLetterListFilter,
  FixDeadLetter,
  PurgeDeadLetters,
  ReplayDeadLetters,
} from '../../../../contracts/api/dead-letters.ts';
import { DeadLetterStore, type StubCause } from './dead-letter-store.ts';
import {
  activityPage,
  type Condition,
  lagPage,
  productPage,
  statusPage,
  throughputPage,
  timelinePage,
  verificationPage,
} from './pages.ts';
import {
  orderPage,
  orderSearchPage,
  productSearchPage,
  suggestPage,
  userSearchPage,
} from './search-pages.ts';

/** The token of the console. Any other is one of a shop's user. */
export const OPERATOR_TOKEN = 'secret';
const HTTP_BAD_REQUEST = 400;
const HTTP_UNAUTHORIZED = 401;
const HTTP_NOT_FOUND = 404;
const HTTP_CONFLICT = 409;
const HTTP_UNAVAILABLE = 503;

/** An API with the operations that the console uses, and the data of a test behind them. */
export class StubApi {
  store: DeadLetterStore;
  condition: Condition = 'well';
  /** The differences of the last run of `verify`; none ran while it is `undefined`. */
  differences: number | undefined;
  /** What it did not compare, and could not read. */
  notCompared = { inconclusive: 0, malformed: 0 };
  /** Every request gets 503 while it is set. */
  isDown = false;
  /** Every page token is refused while it is set. */
  hasExpiredPages = false;
  /** Tokens that have expired. */
  readonly expired = new Set<string>();
  /** Each request with the token that it came with, in their order. */
  readonly requests: { readonly url: string; readonly token: string }[] = [];
  /** What was changed, in the order of the requests: method and path, and the body. */
  readonly changes: { readonly request: string; readonly body: unknown }[] = [];
  readonly #app = Fastify({ forceCloseConnections: true });

  constructor(causes: readonly StubCause[] = []) {
    this.store = new DeadLetterStore(causes);
    this.#routes();
  }

  /** Starts again with other data. */
  reset(causes: readonly StubCause[] = [], condition: Condition = 'well'): void {
    this.store = new DeadLetterStore(causes);
    this.condition = condition;
    this.isDown = false;
    this.hasExpiredPages = false;
    this.differences = undefined;
    this.notCompared = { inconclusive: 0, malformed: 0 };
    this.changes.length = 0;
    this.requests.length = 0;
    this.expired.clear();
  }

  start(): Promise<string> {
    return this.#app.listen({ host: '127.0.0.1', port: 0 });
  }

  async stop(): Promise<void> {
    await this.#app.close();
  }

  #routes(): void {
    const app = this.#app;
    const query = (url: string) => new URL(url, 'http://stub').searchParams;
    app.addHook('preHandler', async (request, reply) => {
      const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
      this.requests.push({ url: request.url, token });
      // As API Gateway does it.
      if (token === '' || this.expired.has(token))
        return reply.code(HTTP_UNAUTHORIZED).send({ message: 'Unauthorized' });
      if (this.isDown)
        return reply.code(HTTP_UNAVAILABLE).send({ detail: 'A part of the system does not respond.' });
      if (this.hasExpiredPages && query(request.url).has('nextToken'))
        return reply
          .code(HTTP_BAD_REQUEST)
          .send({ code: 'invalid-page-token', detail: 'The page token is not valid here.' });
      if (request.method === 'POST')
        this.changes.push({ request: `POST ${request.url}`, body: request.body });
    });
    app.get('/ops/status', async () => statusPage(this.condition, this.store));
    app.get('/ops/lag', async ({ url }) => lagPage(this.condition, Number(query(url).get('minutes') ?? 15)));
    app.get('/ops/throughput', async () => throughputPage(this.condition));
    app.get('/ops/verify', async () => verificationPage(this.differences, this.notCompared));
    app.get('/ops/activity', async () => activityPage());
    app.get('/products', async ({ url }) => productPage(query(url)));
    app.get('/search/orders', async ({ url }) => orderSearchPage(query(url)));
    app.get('/search/products', async ({ url }) => productSearchPage(query(url)));
    app.get('/search/users', async ({ url }) => userSearchPage(query(url)));
    app.get('/search/suggest', async ({ url, headers }) =>
      suggestPage(query(url), headers.authorization === `Bearer ${OPERATOR_TOKEN}`),
    );
    app.get<{ Params: { userId: string; orderId: string } }>(
      '/users/:userId/orders/:orderId',
      async ({ params }, reply) => found(reply, orderPage(params.userId, params.orderId)),
    );
    app.get('/ops/dead-letters/causes', async ({ url }) => this.store.causes(filterIn(query(url))));
    app.get('/ops/dead-letters', async ({ url }) => {
      const parameters = query(url);
      return this.store.page(
        DeadLetterListFilter.parse(Object.fromEntries(parameters)),
        Number(parameters.get('limit')),
        Number(parameters.get('nextToken') ?? 0),
      );
    });
    app.get<{ Params: { id: string } }>('/ops/dead-letters/:id', async ({ params }, reply) =>
      found(reply, this.store.get(params.id)),
    );
    app.get<{ Params: { orderId: string } }>(
      '/ops/orders/:userId/:orderId/timeline',
      async ({ params }, reply) => found(reply, timelinePage(params.orderId, this.store)),
    );
    this.#actions();
  }

  #actions(): void {
    const app = this.#app;
    app.post('/ops/dead-letters/replay', async ({ body }) =>
      this.store.replay(ReplayDeadLetters.parse(body)),
    );
    app.post('/ops/dead-letters/purge', async ({ body }, reply) => {
      const { ids, filter, startedAt, confirm } = PurgeDeadLetters.parse(body);
      const step = this.store.purge(ids, filter, startedAt, confirm);
      return (
        step ?? reply.code(HTTP_CONFLICT).send({ detail: `Another number than ${confirm} matches now.` })
      );
    });
    app.post<{ Params: { id: string } }>('/ops/dead-letters/:id/fix', async ({ params, body }, reply) => {
      const { set, dryRun } = FixDeadLetter.parse(body);
      return found(reply, this.store.fix(params.id, set, dryRun));
    });
    const Consumer = z.object({ consumer: z.string(), action: z.enum(['pause', 'resume']) });
    app.post('/ops/consumers/:consumer/:action', async ({ params }) => {
      const { consumer, action } = Consumer.parse(params);
      this.condition = action === 'pause' ? 'paused' : 'well';
      return { consumer, state: action === 'pause' ? 'Disabling' : 'Enabling' };
    });
  }
}

const filterIn = (query: URLSearchParams): DeadLetterFilter =>
  DeadLetterFilter.parse(Object.fromEntries(query));

const found = (reply: FastifyReply, value: unknown): unknown =>
  value ?? reply.code(HTTP_NOT_FOUND).send({ detail: 'It does not exist.' });
