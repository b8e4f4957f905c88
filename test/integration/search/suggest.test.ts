import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Suggestion, SuggestResult } from '../../../contracts/api/search.ts';
import type { ApiRequest } from '../../builders/api-event.ts';
import { orderItem, productItem, userItem } from '../../builders/values/items.ts';
import { type SearchApi, startSearchApi } from './search-api.ts';

const run = ulid().toLowerCase();
/** A word that no other test's documents have. */
const word = `q${run.slice(-8)}`;
const [mine, another] = [`mine-${run}`, `another-${run}`];
const sourceId = (n: number) => `SRC-${run.slice(-6)}-${n}`;
const myOrder = orderItem({ userId: mine, orderId: ulid(), sourceId: sourceId(1) });
const foreignOrder = orderItem({ userId: another, orderId: ulid(), sourceId: sourceId(2) });
const products = ['Arm', 'Back', 'Corner'].map((kind, n) =>
  productItem({ sku: `SUG-${run.slice(-6)}-${n}`, name: `${kind} ${word} chair` }),
);
const user = userItem({ userId: another, name: `Anna ${word}` });

let api: SearchApi;
const USER = { sub: mine };
const STAFF = { sub: 'staff', scope: 'orders:write' };
async function suggested(
  q: string,
  caller: ApiRequest['caller'] = STAFF,
  limit = '10',
): Promise<readonly Suggestion[]> {
  const { status, body } = await api.suggest({ query: { q, limit }, caller });
  expect({ status, body }).toMatchObject({ status: 200 });
  return SuggestResult.strict().parse(body).suggestions;
}
const kindsOf = (suggestions: readonly Suggestion[]) => suggestions.map(({ kind }) => kind);

beforeAll(async () => {
  api = await startSearchApi();
  await api.put(myOrder, foreignOrder, ...products, user);
});

describe('a suggestion', () => {
  it('completes the last word to products, for any caller', async () => {
    const suggestions = await suggested(`chair ${word.slice(0, -2)}`, USER);
    expect(suggestions).toEqual(products.map(({ name, sku }) => ({ kind: 'product', text: name, sku })));
  });

  it('has a product by the beginning of its sku', async () => {
    const [first] = await suggested(products[0]?.sku.slice(0, -2).toLowerCase() ?? '', USER);
    expect(first).toMatchObject({ kind: 'product', sku: products[0]?.sku });
  });

  it.each([
    ['the beginning of its id', myOrder.orderId.slice(0, 24), myOrder.orderId],
    ['the end of its id', myOrder.orderId.slice(-7).toLowerCase(), myOrder.orderId],
    ['the id of where it came from', sourceId(1), sourceId(1)],
  ])('has an order by %s', async (_, q, text) => {
    const { orderId, userId } = myOrder;
    expect(await suggested(q, USER)).toContainEqual({ kind: 'order', text, orderId, userId });
  });

  it('has no order by fewer than five characters of its id', async () => {
    expect(kindsOf(await suggested(myOrder.orderId.slice(-4)))).not.toContain('order');
  });

  it("has no order by the id of one of its products, since that is the product's", async () => {
    expect(kindsOf(await suggested('SKU-1'))).not.toContain('order');
  });

  it("has only the caller's own orders for a user, and all for staff", async () => {
    const q = sourceId(1).slice(0, -2);
    const ordersFor = async (caller: ApiRequest['caller']) =>
      (await suggested(q, caller)).flatMap((one) => (one.kind === 'order' ? [one.orderId] : []));
    expect(await ordersFor(USER)).toEqual([myOrder.orderId]);
    expect((await ordersFor(STAFF)).toSorted()).toEqual([myOrder.orderId, foreignOrder.orderId].toSorted());
  });

  it('has users for staff and operators alone', async () => {
    expect(await suggested(`anna ${word}`)).toContainEqual({
      kind: 'user',
      text: user.name,
      userId: another,
    });
    expect(kindsOf(await suggested(`anna ${word}`, { sub: 'o', scope: 'ops:read ops:write' }))).toContain(
      'user',
    );
    expect(await suggested(`anna ${word}`, USER)).toEqual([]);
  });

  it('gives each kind its turn within the limit', async () => {
    expect(kindsOf(await suggested(word, STAFF, '2'))).toEqual(['product', 'user']);
    expect(kindsOf(await suggested(word, STAFF, '4'))).toEqual(['product', 'user', 'product', 'product']);
  });

  it('is none for blanks or signs', async () => {
    expect(await suggested(' ')).toEqual([]);
    expect(await suggested('-- ?? --')).toEqual([]);
  });
});
