import fc from 'fast-check';
import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OrderSearchResult } from '../../../contracts/api/search.ts';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';
import { allPages, resultIn, type SearchApi, startSearchApi } from './search-api.ts';

/** No other test's orders are this user's. */
const userId = `reader-${ulid()}`;
const stranger = `stranger-${ulid()}`;
const order = (
  name: string,
  { sku = 'X-1', ...overrides }: Parameters<typeof orderItem>[0] & { sku?: string } = {},
): OrderItem =>
  orderItem({
    userId,
    orderId: ulid(),
    lines: [orderLine({ name, sku, category: 'Furniture' })],
    ...overrides,
  });
const to = (name: string, city: string, more: Partial<OrderItem['shipTo']> = {}) => ({
  shipTo: { name, city, country: 'Chile', ...more },
});

const etienne = order('Oak chair', to('Ada', 'Saint-Étienne', { country: 'France', postalCode: '42000' }));
const cologne = order(
  'Elm stool',
  to('Zoë Müßig', 'Köln', { state: 'Nordrhein-Westfalen', postalCode: '50667' }),
);
const frames = order('Walnut picture frames', to('Bea', 'Arica'));
const scissors = order('Hot forged scissors, nickel-plated', to('Cem', 'Talca'));
const coded = order('Walnut bench', { sku: 'AB-1200-X', sourceId: 'CA-2016-152156', ...to('Dan', 'Osorno') });
const chicago = order('For the wall', { sku: 'FUR-CH-1000', ...to('Eve', 'Chicago') });
const street = order('Storage box', to('Fay', 'Straße'));
const laptop = order('Laptop sleeve', to('Gil', 'Iquique'));
/** A word that no other test has, so that no other is nearer to a misspelled one. */
const xylophone = order('Xylo stand', to('Ivo', 'Calama'));
const orders = [etienne, cologne, frames, scissors, coded, chicago, street, laptop, xylophone];

let api: SearchApi;
type Query = Readonly<Record<string, string | readonly string[]>>;
const search = async (query: Query) => resultIn(await api.search({ query: { userId, ...query } }));
const idsIn = ({ hits }: OrderSearchResult) => hits.map(({ orderId }) => orderId);
const found = async (q: string) => idsIn(await search({ q }));
/** The attributes of the first hit that are marked, as `field: text with [marks]`. */
const marksOf = ({ hits: [hit] }: OrderSearchResult) =>
  (hit?.highlights ?? []).map(
    ({ field, parts }) =>
      `${field}: ${parts.map(({ text, isHit }) => (isHit ? `[${text}]` : text)).join('')}`,
  );

beforeAll(async () => {
  api = await startSearchApi();
  await api.put(...orders, order('Mahogany zither', { userId: stranger, ...to('Hal', 'Lota') }));
});

describe('words', () => {
  it.each([
    ['etienne', etienne],
    ['Saint-Etienne', etienne],
    ['SAINT-E\u0301TIENNE', etienne],
    ['Koeln', cologne],
    ['Koln', cologne],
    ['Ko\u0308ln', cologne],
    ['Muessig', cologne],
    ['Mussig', cologne],
    ['müssig', cologne],
    ['zoe', cologne],
    ['strasse', street],
    ['straße', street],
  ])('%s are found with and without their accents', async (q, expected) => {
    expect(await found(q)).toEqual([expected.orderId]);
  });

  it('are found composed and decomposed, whatever their accents', async () => {
    const owner = `accents-${ulid()}`;
    const accented = fc
      .array(fc.constantFrom(...'abcdeinosuzäöüßéèêëáàâãåçñíîïóôõúûýžšč'), { minLength: 3, maxLength: 9 })
      .map((characters) => characters.join(''));
    const words = [...new Set(fc.sample(accented, { numRuns: 40, seed: 11 }))];
    const placed = words.map((word, n) =>
      order(word.normalize(n % 2 === 0 ? 'NFC' : 'NFD'), { userId: owner, ...to('Ada', 'Arica') }),
    );
    await api.put(...placed);
    for (const [n, word] of words.entries())
      for (const form of ['NFC', 'NFD'] as const)
        expect(idsIn(await search({ userId: owner, q: word.normalize(form), limit: '50' }))).toContain(
          placed[n]?.orderId,
        );
  });

  it.each([
    ['France', etienne, 'shipTo.country: [France]'],
    ['42000', etienne, 'shipTo.postalCode: [42000]'],
    ['nordrhein', cologne, 'shipTo.state: [Nordrhein]-Westfalen'],
    ['notebook', laptop, 'lines.name: [Laptop] sleeve'],
    ['frame', frames, 'lines.name: Walnut picture [frames]'],
  ])('%s are searched in places, synonyms and plurals, and marked', async (q, expected, mark) => {
    const result = await search({ q });
    expect(idsIn(result)).toEqual([expected.orderId]);
    expect(marksOf(result)).toEqual([mark]);
  });

  it.each(['🎩 hat', 'placed', 'oka'])('%s are not mistaken for others', async (q) => {
    expect(await search({ q })).toMatchObject({ total: 0, hits: [] });
  });
});

describe('ids', () => {
  const orderId = coded.orderId;

  it.each([
    ['ab1200x', coded, 'lines.sku: [AB-1200-X]'],
    ['AB-12', coded, 'lines.sku: [AB-12]00-X'],
    ['1200x', coded, 'lines.sku: AB-[1200-X]'],
    ['ca2016152156', coded, 'sourceId: [CA-2016-152156]'],
    ['152156', coded, 'sourceId: CA-2016-[152156]'],
    [orderId, coded, `orderId: [${orderId}]`],
    [orderId.slice(-5).toLowerCase(), coded, `orderId: ${orderId.slice(0, -5)}[${orderId.slice(-5)}]`],
    ['FUR-CH', chicago, 'lines.sku: [FUR-CH]-1000'],
  ])(
    '%s are found without separators, by beginning and end, and are what is marked',
    async (q, expected, mark) => {
      const result = await search({ q });
      expect(idsIn(result)).toEqual([expected.orderId]);
      expect(marksOf(result)).toEqual([mark]);
    },
  );
});

describe('similar words', () => {
  it('are found page by page as on the first page, also when the word itself has come meanwhile', async () => {
    const owner = `pager-${ulid()}`;
    const similar = Array.from({ length: 5 }, () => order('Cherry shelf', { userId: owner }));
    await api.put(...similar);
    const query = { userId: owner, q: 'chetry', limit: '2' };
    const pages = await allPages(api, { query }, async (page) => {
      if (page === 2) await api.put(order('Chetry shelf', { userId: owner }));
    });
    expect(pages.map(({ matches }) => matches)).toEqual(Array(3).fill('similar-words'));
    expect(pages.flatMap(idsIn)).toEqual(expect.arrayContaining(similar.map((one) => one.orderId)));
  });

  it('are not looked for while a filter hides what has the words', async () => {
    await api.put(order('Frame'), order('Flame', { status: 'shipped' }));
    expect(await search({ q: 'frame', status: 'shipped' })).toMatchObject({
      total: 0,
      help: { withoutFilter: [{ parameter: 'status', total: 2 }] },
    });
  });

  it('are counted without each filter where one hides all of them', async () => {
    expect(await search({ q: 'scisors', status: 'cancelled' })).toMatchObject({
      total: 0,
      matches: 'similar-words',
      help: { withoutFilter: [{ parameter: 'status', total: 1 }] },
    });
  });
});

describe('an empty result', () => {
  it('says how much there is without each filter, the most first', async () => {
    const query = { q: 'walnut', status: 'shipped', category: 'Furniture', totalMax: '999999999' };
    expect((await search(query)).help).toEqual({ withoutFilter: [{ parameter: 'status', total: 2 }] });
  });

  it('offers the words as they are spelled in what the caller may see', async () => {
    expect((await search({ q: 'waltun bnech' })).help?.didYouMean).toBe('walnut bench');
    expect((await search({ q: 'yxlo stand' })).help).toEqual({ didYouMean: 'xylo stand', withoutFilter: [] });
  });

  it('never offers a word that others alone have', async () => {
    const asked = { query: { q: 'xither' }, caller: { sub: userId } };
    expect(resultIn(await api.search(asked)).help).toEqual({ withoutFilter: [] });
    const theirs = { query: { q: 'xither' }, caller: { sub: stranger } };
    expect(resultIn(await api.search(theirs)).help).toEqual({ didYouMean: 'zither', withoutFilter: [] });
  });
});
