import pLimit from 'p-limit';
import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { documentOf } from '../../../pipelines/search/documents.ts';
import { hashEmail } from '../../builders/email-hash.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';
import { maximalOrder } from '../../builders/values/maximal-items.ts';
import { problemIn } from '../api/write-api.ts';
import { allPages, resultIn, type SearchApi, startSearchApi } from './search-api.ts';

type Query = Readonly<Record<string, string | readonly string[]>>;

/** No other test's orders are this user's. */
const userId = `searcher-${ulid()}`;
let placed = 0;
const order = (name: string, overrides: Parameters<typeof orderItem>[0] = {}): OrderItem => {
  placed += 1;
  const at = Date.parse('2026-03-01T12:00:00.000Z') + placed * 60_000;
  return orderItem({
    userId,
    orderId: ulid(at),
    createdAt: new Date(at).toISOString(),
    lines: [orderLine({ name, category: 'Furniture', amount: 2_500 })],
    ...overrides,
  });
};
const paper = orderLine({ name: 'Paper & <b>ink</b>', category: 'Office', amount: 700 });
const chair = order('Oak chair', { sourceId: 'CA-2016-152156' });
const table = order('Oak table', {
  status: 'shipped',
  shipTo: { name: 'Grace Sample', city: 'Leipzig', country: 'Germany' },
});
const ink = order('', { lines: [paper] });
const orders = [chair, table, ink];

let api: SearchApi;
const search = async (query: Query) => resultIn(await api.search({ query: { userId, ...query } }));
const found = async (query: Query) => (await search(query)).hits.map(({ orderId }) => orderId);
const idsOf = (...some: readonly OrderItem[]) => some.map(({ orderId }) => orderId);

beforeAll(async () => {
  api = await startSearchApi();
  await api.put(...orders);
});

describe('a search for orders', () => {
  it('finds those that have all words, and says where', async () => {
    const { hits, total, isTotalExact } = await search({ q: 'oak chair' });
    expect({ total, isTotalExact }).toEqual({ total: 1, isTotalExact: true });
    expect(hits[0]?.highlights).toEqual([
      {
        field: 'lines.name',
        parts: [
          { text: 'Oak', isHit: true },
          { text: ' ', isHit: false },
          { text: 'chair', isHit: true },
        ],
      },
    ]);
  });

  it.each([
    ['a word of a product', 'table', table],
    ['the beginning of a word', 'oak cha', chair],
    ['a word that is misspelled', 'oak chiar', chair],
    ['a misspelled word before a beginning', 'leipzgi tab', table],
    ['a name', 'grace sample', table],
    ['a misspelled name', 'Grace Smaple', table],
    ['a city', 'leipzig', table],
    ['a misspelled city', 'leipzg', table],
    ['words of several fields', 'leipzig table sample', table],
    ['the id', chair.orderId, chair],
    ['the beginning of the id', table.orderId.slice(0, 20), table],
    ['the id of where it came from', 'CA-2016-152156', chair],
    ['the beginning of that', 'ca-2016-1521', chair],
  ])('finds an order by %s', async (_, q, expected) => {
    expect((await found({ q }))[0]).toBe(expected.orderId);
  });

  it('finds similar words only where none is spelled as it was typed, and says so', async () => {
    const owner = `speller-${ulid()}`;
    const [chain, seat] = [order('Oak chain', { userId: owner }), order('Oak chair', { userId: owner })];
    await api.put(chain, seat);
    const exact = await search({ userId: owner, q: 'chair' });
    expect(exact.hits.map(({ orderId }) => orderId)).toEqual(idsOf(seat));
    expect(exact).not.toHaveProperty('matches');
    const similar = await search({ userId: owner, q: 'chaib' });
    expect(similar.hits.map(({ orderId }) => orderId)).toEqual(idsOf(seat, chain));
    expect(similar.matches).toBe('similar-words');
  });

  it('does not match a similar number', async () => {
    expect(await found({ q: 'CA-2016-152165' })).toEqual([]);
  });

  it('finds the newest first without a text', async () => {
    expect(await found({})).toEqual(idsOf(ink, table, chair));
  });

  it.each([
    ['createdAt:asc', [chair, table, ink]],
    ['createdAt:desc', [ink, table, chair]],
    ['total:asc', [ink, table, chair]],
    ['total:desc', [table, chair, ink]],
    ['relevance', [ink, table, chair]],
  ])('sorts by %s', async (sort, expected) => {
    expect(await found({ sort })).toEqual(idsOf(...expected));
  });

  it.each([
    [{ status: 'shipped' }, [table]],
    [{ category: 'Office' }, [ink]],
    [{ status: ['shipped', 'placed'] }, [ink, table, chair]],
    [{ status: ['shipped', 'cancelled'] }, [table]],
    [{ category: ['Furniture', 'Office'], status: 'placed' }, [ink, chair]],
    [{ category: 'Furniture,Office' }, []],
    [{ q: '' }, [ink, table, chair]],
    [{ q: ' \u00a0\u2028', status: 'shipped' }, [table]],
    [{ from: chair.createdAt, to: table.createdAt }, [table, chair]],
    [{ from: '2026-03-01' }, [ink, table, chair]],
    [{ to: '2026-03-01' }, [ink, table, chair]],
    [{ to: '2026-02-28' }, []],
    [{ from: '2026-03-02' }, []],
    [{ totalMin: '701' }, [table, chair]],
    [{ totalMin: '700', totalMax: '700' }, [ink]],
    [{ q: 'oak', status: 'placed', totalMax: '2500' }, [chair]],
  ])('filters by %j', async (query, expected) => {
    expect(await found(query)).toEqual(idsOf(...expected));
  });

  it.each([
    [{ from: '2026-03-02', to: '2026-03-01' }, 'from'],
    [{ totalMin: '2', totalMax: '1' }, 'totalMin'],
    [{ from: 'yesterday' }, 'from'],
    [{ sort: 'score' }, 'sort'],
    [{ sort: ['total:asc', 'total:desc'] }, 'sort'],
    [{ q: ['oak', 'chair'] }, 'q'],
    [{ status: ['placed', 'paid'] }, 'status'],
    [{ status: 'placed,shipped' }, 'status'],
    [{ category: '' }, 'category'],
    [{ limit: '51' }, 'limit'],
    [{ q: 'x'.repeat(129) }, 'q'],
    [{ totalMin: '-1' }, 'totalMin'],
    [{ query: 'match_all' }, 'query'],
    [{ nextToken: 'none' }, 'nextToken'],
  ])('refuses %j and names the parameter', async (query: Query, field) => {
    const problem = problemIn(await api.search({ query }));
    expect(problem.status).toBe(400);
    expect(problem.errors?.map((error) => error.field)).toEqual([field]);
  });

  it('counts by each facet what the other filters let pass', async () => {
    const { hits, facets } = await search({ status: 'placed' });
    expect(hits).toHaveLength(2);
    expect(facets).toEqual({
      status: [
        { value: 'placed', orders: 2 },
        { value: 'shipped', orders: 1 },
      ],
      category: [
        { value: 'Furniture', orders: 1 },
        { value: 'Office', orders: 1 },
      ],
    });
  });

  it('counts what choosing one more value of a facet would find, whichever of its own are chosen', async () => {
    const { facets } = await search({ category: ['Furniture', 'Office'], status: ['shipped', 'cancelled'] });
    expect(facets).toEqual({
      status: [
        { value: 'placed', orders: 2 },
        { value: 'shipped', orders: 1 },
      ],
      category: [{ value: 'Furniture', orders: 1 }],
    });
  });

  it.each([
    ['category', 'M\u00f6bel und B\u00fccher'],
    ['q', 'Zo\u00eb'],
    ['q', 'Ang\u00e9lique-Straße 7'],
    ['q', 'M\u00e1laga'],
    ['q', 'N\u00ba-\u00e91'],
  ])(
    'finds by the %s %s what is composed and what is decomposed, whichever is asked for',
    async (name, text) => {
      const owner = `speller-${ulid()}`;
      const spelled = (form: 'NFC' | 'NFD') =>
        order('', {
          userId: owner,
          lines: [
            orderLine({
              name: 'Ang\u00e9lique-Straße 7'.normalize(form),
              category: 'M\u00f6bel und B\u00fccher'.normalize(form),
            }),
          ],
          shipTo: { name: 'Zo\u00eb'.normalize(form), city: 'M\u00e1laga'.normalize(form), country: 'Spain' },
          sourceId: 'N\u00ba-\u00e91'.normalize(form),
        });
      await api.put(spelled('NFC'), spelled('NFD'));
      for (const form of ['NFC', 'NFD'] as const) {
        const { hits, facets } = await search({ userId: owner, [name]: text.normalize(form) });
        expect(hits).toHaveLength(2);
        expect(facets?.category).toEqual([{ value: 'M\u00f6bel und B\u00fccher', orders: 2 }]);
      }
    },
  );

  it.each([
    ['*', 0],
    ['oak OR ink', 0],
    ['"oak', 2],
    ['orderId:*', 0],
    ['(', 0],
    ['oak AND', 0],
    ['~', 0],
    ['\\', 0],
    ['{"match_all":{}}', 0],
    ['/.*/', 0],
    ['\u200b', 0],
    ['paper & ink', 1],
  ])('takes %j for words and not for a query', async (q, total) => {
    expect((await search({ q })).total).toBe(total);
  });

  it('finds within a text that looks like markup, and leaves it text', async () => {
    const [hit] = (await search({ q: 'ink' })).hits;
    expect(hit?.highlights[0]?.parts).toEqual([
      { text: 'Paper & <b>', isHit: false },
      { text: 'ink', isHit: true },
      { text: '</b>', isHit: false },
    ]);
  });

  it('explains its scores to the staff, in a response that stays small', async () => {
    const { hits } = await search({ q: 'oak chiar', explain: 'true' });
    const [lines = []] = hits.map(({ explanation }) => explanation);
    expect(lines[0]).toMatchObject({ depth: 0, value: expect.any(Number) });
    expect(lines.length).toBeGreaterThan(3);
    expect((await search({ q: 'oak' })).hits[0]).not.toHaveProperty('explanation');
    const asUser = await api.search({ query: { explain: 'true' }, caller: { sub: userId } });
    expect(problemIn(asUser).status).toBe(403);
  });
});

describe('the largest search', () => {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz';
  /** Words of three letters, of which each is one letter from many others. */
  const neighbours = [...alphabet].flatMap((second) => [...alphabet].map((third) => `a${second}${third}`));

  it.each([
    [
      'words that each match many others',
      neighbours
        .filter((_, n) => n % 21 === 0)
        .slice(0, 32)
        .join(' '),
    ],
    ['words of one letter', [...alphabet, ...alphabet].join(' ')],
    ['one ideograph, again and again', '語'.repeat(128)],
    [
      'ideographs, each a word of its own',
      String.fromCodePoint(...Array.from({ length: 128 }, (_, n) => 0x4e00 + n)),
    ],
    ['one long word', 'q'.repeat(128)],
    ['short words without a space between', 'abc-'.repeat(32)],
  ])('has the response: %s', async (_, q) => {
    const lines = Array.from({ length: 14 }, (_none, n) =>
      orderLine({ sku: `n-${n}`, name: neighbours.slice(n * 49, (n + 1) * 49).join(' ') }),
    );
    await api.put(order('', { lines }));
    expect((await search({ q })).total).toBeGreaterThanOrEqual(0);
  });

  it('shows the largest order', async () => {
    await api.put(maximalOrder());
    const { hits } = resultIn(await api.search({ query: { userId: maximalOrder().userId, limit: '50' } }));
    expect(hits.map(({ orderId }) => orderId)).toContain(maximalOrder().orderId);
  });
});

describe('the pages of a search', () => {
  const owner = `pager-${ulid()}`;
  const listed = Array.from({ length: 9 }, (_, n) =>
    order('', {
      userId: owner,
      lines: [orderLine({ name: n % 2 === 0 ? 'Birch chair' : 'Birch shelf', amount: 100 * (n % 4) })],
    }),
  );
  const idsIn = (pages: Awaited<ReturnType<typeof allPages>>) =>
    pages.flatMap(({ hits }) => hits.map(({ orderId }) => orderId));

  beforeAll(() => api.put(...listed));

  it.each(['relevance', 'createdAt:desc', 'createdAt:asc', 'total:desc', 'total:asc'])(
    'sorted by %s, hold each order once and in the order of one long page',
    async (sort) => {
      const query = { userId: owner, q: 'birch', sort };
      const onePage = await allPages(api, { query: { ...query, limit: '50' } });
      expect(onePage).toHaveLength(1);
      const pages = await allPages(api, { query: { ...query, limit: '2' } });
      expect(pages.map(({ hits }) => hits.length)).toEqual([2, 2, 2, 2, 1]);
      expect(idsIn(pages)).toEqual(idsIn(onePage));
    },
  );

  it.each(['relevance', 'createdAt:desc', 'createdAt:asc', 'total:desc', 'total:asc'])(
    'sorted by %s, hold each order once while others come, change and go',
    async (sort) => {
      const writer = `writer-${ulid()}`;
      /** A word of this test alone: each order that gains or loses it changes how rare it is, and so any score by word frequency. */
      const rare = `wood${ulid().toLowerCase()}`;
      const named = (name: string, n: number) =>
        order('', { userId: writer, lines: [orderLine({ name: `${rare} ${name}`, amount: 100 * (n % 4) })] });
      const before = Array.from({ length: 9 }, (_, n) =>
        named(n % 2 === 0 ? 'birch' : 'birch and oak shelf', n),
      );
      const leaving = Array.from({ length: 5 }, (_, n) => named('birch bench', n));
      await api.put(...before, ...leaving);
      const query = { userId: writer, q: `${rare} birch`, sort, limit: '2' };
      const pages = await allPages(api, { query }, async (page) => {
        const late = named('birch birch birch', page);
        const other = orderItem({ ...named('birch', page), userId: `other-${ulid()}` });
        const changed = before[page % before.length] ?? late;
        const deleted = leaving[page % leaving.length] ?? late;
        await api.put(
          late,
          other,
          orderItem({ ...changed, status: 'confirmed', version: changed.version + page }),
          orderItem({
            ...deleted,
            lines: [orderLine({ name: 'Oak bench' })],
            version: deleted.version + page,
          }),
        );
      });
      const ids = idsIn(pages);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual(expect.arrayContaining(idsOf(...before)));
    },
  );

  it.each(['relevance', 'createdAt:desc', 'total:desc'])(
    'sorted by %s, are there for others while one caller asks for a page again and again',
    async (sort) => {
      const query = { userId: owner, q: 'birch', sort, limit: '1' };
      const { nextToken = '' } = await search(query);
      const atOnce = pLimit(8);
      const repeats = await Promise.all(
        Array.from({ length: 400 }, () => atOnce(() => api.search({ query: { ...query, nextToken } }))),
      );
      const [second] = repeats.map((response) => idsIn([resultIn(response)]));
      for (const response of repeats) expect(idsIn([resultIn(response)])).toEqual(second);

      const asOther = { query: { q: 'birch', limit: '2' }, caller: { sub: owner } };
      expect(idsIn(await allPages(api, asOther))).toHaveLength(listed.length);
    },
  );

  it('can each be read again', async () => {
    const query = { userId: owner, q: 'birch', limit: '8' };
    const { nextToken = '' } = await search(query);
    const last = await search({ ...query, nextToken });
    expect(last.nextToken).toBeUndefined();
    expect((await search({ ...query, nextToken })).hits).toEqual(last.hits);
  });

  it('have the number and the facets on the first page alone', async () => {
    const [first, ...others] = await allPages(api, { query: { userId: owner, limit: '4' } });
    expect(first).toMatchObject({ total: 9, isTotalExact: true, facets: expect.anything() });
    for (const page of others) expect(page).not.toHaveProperty('total');
  });

  it('lead on for the same filters in another order', async () => {
    const query = { userId: owner, limit: '2' };
    const { nextToken = '' } = await search({ ...query, status: ['placed', 'shipped'] });
    const status = ['shipped', 'placed', 'placed'];
    expect((await search({ ...query, status, nextToken })).hits).toHaveLength(2);
  });

  it('lead on for the same caller and query alone', async () => {
    const { nextToken = '' } = await search({ userId: owner, limit: '2' });
    const tried = [
      { query: { userId: owner, nextToken }, caller: { sub: owner } },
      { query: { userId: owner, nextToken }, caller: { sub: 'other', scope: 'ops:read ops:write' } },
      { query: { userId: owner, nextToken, q: 'birch' } },
      { query: { userId: owner, nextToken, sort: 'total:asc' } },
      { query: { nextToken } },
    ];
    for (const request of tried) expect(problemIn(await api.search(request)).code).toBe('invalid-page-token');
  });
});

describe('documents that break their contract', () => {
  const owner = `breaker-${ulid()}`;
  const good = Array.from({ length: 10 }, (_, n) =>
    order('Cedar chair', { userId: owner, lines: [orderLine({ name: 'Cedar chair', amount: 100 * n })] }),
  );
  const faults = {
    'an unknown status': { status: 'returned' },
    'no status': { status: undefined },
    'no id': { orderId: undefined },
    'an id that is none': { orderId: 'order-7' },
    'no total': { total: null },
    'a total as text': { total: '250' },
    'a total with a fraction': { total: 2.5 },
    'a currency that is none': { currency: 'euro' },
    'no day': { createdAt: undefined },
    'a day without a time': { createdAt: '2026-03-01' },
    'no version': { version: undefined },
    'no units': { units: null },
    'no lines': { lines: undefined, shipTo: { name: 'Cedar', city: 'Cedar', country: 'Cedar' } },
  };

  beforeAll(async () => {
    await api.put(...good);
    const broken = Object.entries(faults).map(([kind, fault]) => {
      const source = order('Cedar chair', { userId: owner });
      return [`${owner} ${kind}`, { ...documentOf(source, hashEmail)?.source, ...fault }];
    });
    await api.putDocuments(Object.fromEntries(broken));
  });

  it.each(['relevance', 'createdAt:desc', 'createdAt:asc', 'total:desc', 'total:asc'])(
    'are not in the pages by %s, which hold all others once',
    async (sort) => {
      api.logger.warn.mockClear();
      const query = { userId: owner, q: 'cedar', sort, limit: '1' };
      const pages = await allPages(api, { query });
      const ids = pages.flatMap(({ hits }) => hits.map(({ orderId }) => orderId));
      expect(new Set(ids).size).toBe(good.length);
      expect(ids).toHaveLength(good.length);
      expect(ids).toEqual(expect.arrayContaining(idsOf(...good)));
      expect(api.logger.warn).toHaveBeenCalledTimes(pages.filter(({ hits }) => hits.length === 0).length);
      expect(JSON.stringify(api.logger.warn.mock.calls)).not.toMatch(/returned|euro|Cedar|order-7/);
    },
  );
});
