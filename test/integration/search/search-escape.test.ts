import pLimit from 'p-limit';
import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ProductSearchResult,
  SearchProductsQuery,
  SearchUsersQuery,
  SuggestQuery,
  SuggestResult,
} from '../../../contracts/api/search.ts';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { orderItem, productItem, userItem } from '../../builders/values/items.ts';
import type { Answer } from '../api/write-api.ts';
import { type SearchApi, startSearchApi } from './search-api.ts';

const atOnce = pLimit(4);
const run = ulid();
const [caller, victim] = [`caller-${run}`, `victim-${run}`];
/** A word that only the victim and the victim's orders have. */
const secret = `secret${run.toLowerCase()}`;
const email = `${secret}@example.com`;
const orderOf = (userId: string, word: string): OrderItem =>
  orderItem({
    userId,
    orderId: ulid(),
    sourceId: `${word}-2026-1`,
    shipTo: { name: `Person ${word}`, city: `City ${word}`, country: 'Germany' },
  });
const own = orderOf(caller, 'plain');
const foreign = orderOf(victim, secret);
const sku = `FUR-${run.slice(-6)}`;

let api: SearchApi;
/** Tokens of others, of each operation. */
let tokens: readonly string[];

beforeAll(async () => {
  api = await startSearchApi();
  await api.put(
    own,
    foreign,
    productItem({ sku }),
    userItem({ userId: victim, name: `Person ${secret}`, email }),
  );
  // A second of each, so that there is a second page.
  await api.put(
    productItem({ sku: `${sku}-2` }),
    userItem({ userId: `${victim}-2`, name: `Person ${secret}`, email }),
  );
  const operator = { sub: caller, scope: 'ops:read ops:write' };
  const first = [
    await api.searchUsers({ query: { q: secret, limit: '1' }, caller: operator }),
    await api.searchUsers({ query: { email, limit: '1' }, caller: operator }),
    await api.searchProducts({ query: { limit: '1' }, caller: operator }),
  ];
  tokens = first.map(({ body }) => ProductSearchResult.pick({ nextToken: true }).parse(body).nextToken ?? '');
  expect(tokens).not.toContain('');
});

const hostileValues = (): readonly (string | readonly string[])[] => [
  victim,
  `${victim},${caller}`,
  `${victim}\n${caller}`,
  `${victim}\0`,
  `{"userId":"${victim}"}`,
  `"}},{"term":{"userId":"${victim}"}}`,
  '{"match_all":{}}',
  `userId:${victim}`,
  `${secret} OR *`,
  secret,
  secret.slice(0, -2),
  `${secret.slice(0, -1)}x`,
  secret.slice(-8),
  email,
  foreign.orderId,
  foreign.orderId.slice(0, 10),
  foreign.orderId.slice(-8),
  foreign.sourceId ?? '',
  'Person',
  '*',
  '/.*/',
  '_all',
  '[* TO *]',
  '0',
  '-1',
  '1e9',
  '999999999999999999',
  'true',
  '',
  ' ',
  '__proto__',
  'constructor',
  '\u202e\u0000\ud800',
  'a'.repeat(128),
  'a b '.repeat(32),
  'a-'.repeat(64),
  '\u0308'.repeat(128),
  '🎩'.repeat(64),
  '٠١٢٣٤٥٦٧٨٩'.repeat(12),
  'x'.repeat(9_000),
  [secret, victim],
  Array.from({ length: 20 }, (_, n) => `${secret}${n}`),
  Array.from({ length: 21 }, (_, n) => `${n}`),
  ...tokens,
];

/** Checks that a response has nothing of the victim's, and that it is no server error. */
function expectNoEscape({ status, body }: Answer): void {
  expect([200, 400, 403]).toContain(status);
  const text = JSON.stringify(body);
  for (const hidden of [victim, secret, foreign.orderId]) expect(text).not.toContain(hidden);
}

describe('an ordinary user', () => {
  it('finds their own order, which the others would stand beside', async () => {
    const q = own.orderId.slice(0, 8);
    const { suggestions } = SuggestResult.parse(
      (await api.suggest({ query: { q }, caller: { sub: caller } })).body,
    );
    expect(suggestions).toContainEqual(expect.objectContaining({ kind: 'order', orderId: own.orderId }));
    const byStaff = await api.suggest({
      query: { q: secret },
      caller: { sub: 'staff', scope: 'orders:write' },
    });
    expect(JSON.stringify(byStaff.body)).toContain(victim);
  });

  it.each(Object.keys(SuggestQuery.shape))(
    'is suggested no other order and no user by any %s',
    async (name) => {
      const queries = hostileValues().map((value) => ({ q: 'person', [name]: value }));
      const responses = queries.map((query) => atOnce(() => api.suggest({ query, caller: { sub: caller } })));
      for (const response of await Promise.all(responses)) expectNoEscape(response);
    },
  );

  it.each(Object.keys(SearchProductsQuery.shape))('finds products alone by any %s', async (name) => {
    const queries = hostileValues().map((value) => ({ [name]: value }));
    const responses = queries.map((query) =>
      atOnce(() => api.searchProducts({ query, caller: { sub: caller } })),
    );
    for (const response of await Promise.all(responses)) expectNoEscape(response);
  });

  it.each(Object.keys(SearchUsersQuery.shape))('finds no user by any %s', async (name) => {
    const queries = hostileValues().map((value) => ({ q: 'person', [name]: value }));
    const responses = queries.map((query) =>
      atOnce(() => api.searchUsers({ query, caller: { sub: caller } })),
    );
    for (const response of await Promise.all(responses)) {
      expectNoEscape(response);
      expect(response.status).not.toBe(200);
    }
  });

  it.each(['orders:writer', 'OPS:READ', 'ops:read,orders:write', '[]', 'read'])(
    'is suggested nothing else with the scope %s',
    async (scope) => {
      for (const q of [secret, foreign.orderId, 'person'])
        expectNoEscape(await api.suggest({ query: { q }, caller: { sub: caller, scope } }));
    },
  );

  it('finds no user by a token from when they were an operator', async () => {
    const [nextToken = ''] = tokens;
    const query = { q: secret, limit: '1', nextToken };
    expect(
      (await api.searchUsers({ query, caller: { sub: caller, scope: 'ops:read ops:write' } })).status,
    ).toBe(200);
    expect((await api.searchUsers({ query, caller: { sub: caller } })).status).toBe(403);
    expect((await api.searchProducts({ query, caller: { sub: caller } })).status).toBe(400);
  });
});
