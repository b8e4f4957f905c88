import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserSearchResult } from '../../../contracts/api/search.ts';
import type { UserItem } from '../../../contracts/entities/user.ts';
import { userItem } from '../../builders/values/items.ts';
import { type SearchApi, startSearchApi } from './search-api.ts';

type Query = Readonly<Record<string, string | readonly string[]>>;

const run = ulid();
/** No other test's users have this segment. */
const segment = `Segment ${run}`;
const user = (id: string, overrides: Parameters<typeof userItem>[0]): UserItem =>
  userItem({ userId: `${id}-${run}`, segment, email: `${id}.${run}@example.com`, ...overrides });

const zoe = user('zoe', { name: 'Zoë Müssig', createdAt: '2026-03-01T10:00:00.000Z' });
const ada = user('ada', { name: 'Ada Lovelace', createdAt: '2026-03-02T10:00:00.000Z' });
const ben = user('ben', { name: 'Ben Example', createdAt: '2026-03-03T10:00:00.000Z' });

let api: SearchApi;
const caller = { sub: 'operator', scope: 'ops:read ops:write' };
async function search(query: Query): Promise<UserSearchResult> {
  const { status, body } = await api.searchUsers({ query, caller });
  expect({ status, body }).toMatchObject({ status: 200 });
  return UserSearchResult.strict().parse(body);
}
const found = async (query: Query) => (await search(query)).hits.map(({ userId }) => userId);
const ids = (...some: readonly UserItem[]) => some.map(({ userId }) => userId);

beforeAll(async () => {
  api = await startSearchApi();
  await api.put(zoe, ada, ben);
});

describe('a search for users', () => {
  it('shows who they are, without their address', async () => {
    const { hits, total } = await search({ q: 'lovelace', segment });
    expect(total).toBe(1);
    expect(hits).toEqual([
      {
        userId: ada.userId,
        name: 'Ada Lovelace',
        segment,
        createdAt: ada.createdAt,
        highlights: [
          {
            field: 'name',
            parts: [
              { text: 'Ada ', isHit: false },
              { text: 'Lovelace', isHit: true },
            ],
          },
        ],
      },
    ]);
  });

  it.each([
    ['a name without its marks', 'zoe mussig', zoe],
    ['a name with an umlaut written out', 'zoe muessig', zoe],
    ['the beginning of a name', 'lovel', ada],
    ['an id', ben.userId, ben],
  ])('finds one by %s', async (_, q, expected) => {
    expect(await found({ q, segment })).toEqual(ids(expected));
  });

  it('finds similar names where none is spelled so, and says so', async () => {
    expect(await search({ q: 'lovelacce', segment })).toMatchObject({
      matches: 'similar-words',
      hits: [{ userId: ada.userId }],
    });
  });

  it.each([
    ['the complete address', ada.email],
    ['the address in another case', ada.email.toUpperCase()],
  ])('finds one by %s', async (_, email) => {
    expect(await found({ email })).toEqual(ids(ada));
  });

  it.each([
    ['a part of an address', `${run}@example.com`],
    ['the address of nobody', `nobody.${run}@example.com`],
  ])('finds none by %s', async (_, email) => {
    expect(await found({ email })).toEqual([]);
  });

  it('finds no address in the words', async () => {
    expect(await found({ q: ada.email })).toEqual([]);
  });

  it('finds those of several segments', async () => {
    const two = user('two', { name: 'Two Example', segment: `${segment} 2` });
    await api.put(two);
    expect(await found({ segment: [segment, `${segment} 2`], sort: 'name:asc' })).toEqual(
      ids(ada, ben, two, zoe),
    );
  });

  it.each([
    ['name:asc', [ada, ben, zoe]],
    ['createdAt:desc', [ben, ada, zoe]],
  ])('sorts by %s, and gives each user once over the pages', async (sort, expected) => {
    expect(await found({ segment, sort })).toEqual(ids(...expected));
    const first = await search({ segment, sort, limit: '2' });
    const second = await search({ segment, sort, limit: '2', nextToken: first.nextToken ?? '' });
    expect([...first.hits, ...second.hits].map(({ userId }) => userId)).toEqual(ids(...expected));
    expect(second).not.toHaveProperty('nextToken');
  });

  it('keeps the address out of the index, the page token and the log', async () => {
    const second = user('second', { name: 'Second', segment: 'Other', email: ada.email.toUpperCase() });
    await api.put(second);
    const { nextToken = '' } = await search({ email: ada.email, limit: '1' });
    expect(nextToken).not.toBe('');
    const { body } = await api.client.get({ index: 'users', id: ada.userId });
    const logged = Object.values(api.logger).flatMap(({ mock }) => mock.calls);
    const written = JSON.stringify([
      body,
      logged,
      Buffer.from(nextToken, 'base64url').toString('latin1'),
    ]).toLowerCase();
    expect(written).toContain(ada.userId.toLowerCase());
    expect(written).not.toContain(ada.email.toLowerCase());
    expect(written).not.toContain('@example');
  });

  it.each([undefined, 'orders:write', 'read', 'OPS:READ'])(
    'is refused to a caller with the scope %s',
    async (scope) => {
      const other = { sub: ada.userId, ...(scope !== undefined && { scope }) };
      for (const query of [{ q: 'ada' }, { email: ada.email }, { segment }])
        expect((await api.searchUsers({ query, caller: other })).status).toBe(403);
    },
  );
});
