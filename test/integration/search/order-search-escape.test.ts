import pLimit from 'p-limit';
import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import { OrderSearchResult, SearchOrdersQuery } from '../../../contracts/api/search.ts';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';
import type { Answer } from '../api/write-api.ts';
import { resultIn, type SearchApi, startSearchApi } from './search-api.ts';

const ORDERS = 4;
const atOnce = pLimit(8);
const ordersOf = (userId: string, word: string, status: OrderItem['status']): readonly OrderItem[] =>
  Array.from({ length: ORDERS }, (_, n) =>
    orderItem({
      userId,
      orderId: ulid(),
      status,
      sourceId: `${word}-2026-${n}`,
      lines: [orderLine({ name: `common ${word} chair`, category: `${word} goods`, amount: 100 + n })],
      shipTo: { name: `Person ${word}`, city: `City ${word}`, country: 'Germany' },
    }),
  );

const run = ulid();
const [caller, victim] = [`caller-${run}`, `victim-${run}`];
/** A word that only the victim's orders have. */
const secret = `secret${run.toLowerCase()}`;
const own = ordersOf(caller, 'plain', 'placed');
const foreign = ordersOf(victim, secret, 'delivered');
const [some] = foreign;

let api: SearchApi;
/** Tokens of others, which lead into the victim's orders. */
let tokens: readonly string[];

beforeAll(async () => {
  api = await startSearchApi();
  await api.put(...own, ...foreign);
  const staff = { sub: 'staff', scope: 'orders:write' };
  const first = resultIn(await api.search({ query: { userId: victim, limit: '1' }, caller: staff }));
  const query = { userId: victim, limit: '1', nextToken: first.nextToken ?? '' };
  const second = resultIn(await api.search({ query, caller: staff }));
  const byVictim = resultIn(await api.search({ query: { limit: '1' }, caller: { sub: victim } }));
  tokens = [first, second, byVictim].map(({ nextToken = '' }) => nextToken);
  expect(tokens).not.toContain('');
});

const hostileValues = (): readonly string[] => [
  victim,
  `${victim},${caller}`,
  `${caller},${victim}`,
  `${caller} ${victim}`,
  `${caller}\n${victim}`,
  `${caller}%0A${victim}`,
  `${caller}\0`,
  `["${victim}"]`,
  `{"userId":"${victim}"}`,
  `"}},{"term":{"userId":"${victim}"}}`,
  '{"match_all":{}}',
  '{"query_string":{"query":"*"}}',
  `userId:${victim}`,
  `${secret} OR userId:${victim}`,
  `NOT userId:${caller}`,
  `common) OR (${secret}`,
  secret,
  secret.slice(0, -2),
  `${secret.slice(0, -1)}x`,
  `${secret} goods`,
  `common ${secret}`,
  some?.orderId ?? '',
  some?.sourceId ?? '',
  'common',
  'Person',
  '*',
  '?*',
  `${secret}*`,
  '/.*/',
  '~2',
  '_all',
  '_exists_:userId',
  '[* TO *]',
  '[2000-01-01 TO 2100-01-01]',
  'now-100y',
  '2026-03-01||/y',
  '2000-01-01',
  '2100-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999999Z',
  '0',
  '50',
  '999999999999',
  '1e9',
  '-1',
  'delivered',
  'userId:asc',
  'createdAt:asc',
  'total:desc',
  'relevance',
  '_shard_doc',
  'true',
  'false',
  '',
  ' ',
  '__proto__',
  'constructor',
  '\u202e\u0000\ud800',
  'a'.repeat(128),
  'a b '.repeat(32),
  'x'.repeat(9_000),
  ...tokens,
];

/** Checks that a response has nothing of the victim's, and that it is no server error. */
function expectNoEscape(response: Answer): void {
  expect([200, 400, 403]).toContain(response.status);
  const text = JSON.stringify(response.body);
  for (const foreignText of [victim, secret, ...foreign.map(({ orderId }) => orderId)])
    expect(text).not.toContain(foreignText);
  if (response.status !== 200) return;
  const { hits, total = 0, facets } = OrderSearchResult.parse(response.body);
  for (const { userId } of hits) expect(userId).toBe(caller);
  expect(total).toBeLessThanOrEqual(own.length);
  for (const { value, orders } of [...(facets?.status ?? []), ...(facets?.category ?? [])]) {
    expect(['placed', 'plain goods']).toContain(value);
    expect(orders).toBeLessThanOrEqual(own.length);
  }
}

describe('an ordinary user', () => {
  it('finds their own orders, which all of what follows would show if it showed anything', async () => {
    const { total } = resultIn(await api.search({ query: { q: 'common' }, caller: { sub: caller } }));
    expect(total).toBe(own.length);
    const byStaff = resultIn(await api.search({ query: { q: secret } }));
    expect(byStaff.total).toBe(foreign.length);
  });

  it.each(Object.keys(SearchOrdersQuery.shape))('finds no other order by any %s', async (name) => {
    const queries = hostileValues().flatMap((value) => [{ [name]: value }, { q: 'common', [name]: value }]);
    const searching = queries.map((query) => atOnce(() => api.search({ query, caller: { sub: caller } })));
    for (const response of await Promise.all(searching)) expectNoEscape(response);
  });

  it.each(['orders:writer', 'OPS:READ', 'ops:read,orders:write', '[]', 'read'])(
    'finds no other order with the scope %s',
    async (scope) => {
      expectNoEscape(await api.search({ query: { q: 'common' }, caller: { sub: caller, scope } }));
    },
  );

  it.each([`${victim}*`, '*', `${caller} OR ${victim}`, `["${victim}"]`])(
    'is no other user for having the name %s',
    async (sub) => {
      expect(resultIn(await api.search({ query: { q: 'common' }, caller: { sub } })).total).toBe(0);
    },
  );

  it('finds only their own by a token from when they belonged to the staff', async () => {
    const query = { q: 'common', limit: '1' };
    const asStaff = { sub: caller, scope: 'ops:read ops:write' };
    const { nextToken = '' } = resultIn(await api.search({ query, caller: asStaff }));
    expectNoEscape(
      await api.search({ query: { ...query, limit: '50', nextToken }, caller: { sub: caller } }),
    );
  });

  it('is refused the orders of another, and an explanation', async () => {
    const statusOf = async (query: Record<string, string>) =>
      (await api.search({ query, caller: { sub: caller } })).status;
    expect(await statusOf({ userId: victim })).toBe(403);
    expect(await statusOf({ userId: caller })).toBe(200);
    expect(await statusOf({ explain: 'true' })).toBe(403);
  });
});
