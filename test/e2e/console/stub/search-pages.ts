import { OrderView } from '../../../../contracts/api/orders.ts';
import {
  FACET_VALUES_MAX,
  type OrderHit,
  OrderSearchResult,
  ProductSearchResult,
  SuggestResult,
  UserSearchResult,
} from '../../../../contracts/api/search.ts';
import { OrderStatus } from '../../../../contracts/order-status.ts';
import { orderIdOf } from './dead-letter-store.ts';
import { ago, LONG_WORD, version } from './pages.ts';

const LIMIT = 20;
const USERS = ['ada', 'grace', 'linus'];
const PEOPLE: Readonly<Record<string, string>> = {
  ada: 'Ada Lovelace',
  grace: 'Grace Hopper',
  linus: 'ליאת כהן',
};
const index = () => ({ lagSeconds: 2, measuredAt: ago(2) });

/** What the stub finds nothing for, and what it finds similar words for. */
export const MISSPELT = 'chiar';
export const NOTHING = 'nothing';
/** What the stub finds in more categories than a facet has. */
export const MANY = 'many';

const namesOf = (q: string): readonly string[] =>
  q === 'long' ? [LONG_WORD] : ['Oak chair', 'Party 🎉 Hat 🎩 deluxe', 'כיסא משרדי', 'Desk lamp'];

const mark = (text: string) => [
  { text, isHit: true },
  { text: ' found', isHit: false },
];

/** The orders of the stub, the newest first. */
const ordersFor = (q: string) =>
  Array.from({ length: 44 }, (_, place) => {
    const name = namesOf(q)[place % namesOf(q).length] ?? '';
    const userId = USERS[place % USERS.length] ?? '';
    return {
      orderId: orderIdOf(place + 1),
      userId,
      status: OrderStatus.options[place % OrderStatus.options.length],
      total: 999 + place * 12_345,
      currency: 'EUR',
      units: 1 + place,
      shipToName: PEOPLE[userId] ?? '',
      firstProduct: name,
      lineCount: 1 + (place % 3),
      createdAt: ago(60 * (place + 1) ** 2),
      version: version(place),
      category: place % 3 === 0 ? 'Party' : 'Furniture',
      highlights:
        q === ''
          ? []
          : place % 5 === 0
            ? [{ field: 'shipTo.city', parts: mark('Dresden') }]
            : [{ field: 'lines.name', parts: [{ text: name, isHit: true }] }],
    };
  });

export function orderSearchPage(query: URLSearchParams): OrderSearchResult {
  const q = query.get('q') ?? '';
  const [statuses, categories] = [query.getAll('status'), query.getAll('category')];
  const passes =
    (without?: string) =>
    (hit: ReturnType<typeof ordersFor>[number]): boolean =>
      (without === 'q' || (q !== NOTHING && (!/^[0-7][0-9A-Z]{25}$/.test(q) || hit.orderId === q))) &&
      (without === 'status' || statuses.length === 0 || statuses.includes(hit.status ?? '')) &&
      (without === 'category' || categories.length === 0 || categories.includes(hit.category)) &&
      [null, hit.userId].includes(query.get('userId')) &&
      (without === 'from' || (query.get('from') ?? '') <= hit.createdAt) &&
      (without === 'totalMin' || Number(query.get('totalMin') ?? 0) <= hit.total) &&
      (without === 'totalMax' || Number(query.get('totalMax') ?? Infinity) >= hit.total);
  const found = ordersFor(q).filter(passes());
  const sorted =
    query.get('sort') === 'total:desc' ? found.toSorted((one, other) => other.total - one.total) : found;
  const offset = Number(query.get('nextToken') ?? 0);
  const limit = Number(query.get('limit') ?? LIMIT);
  const count = (of: (hit: ReturnType<typeof ordersFor>[number]) => string | undefined, name: string) =>
    [...Map.groupBy(ordersFor(q).filter(passes(name)), of)].map(([value, hits]) => ({
      value,
      orders: hits.length,
    }));
  const first = {
    total: found.length,
    isTotalExact: true,
    facets: {
      status: count(({ status }) => status, 'status'),
      category:
        q === MANY
          ? Array.from({ length: FACET_VALUES_MAX }, (_, place) => ({ value: `Kind ${place}`, orders: 50 }))
          : count(({ category }) => category, 'category'),
    },
    ...(found.length > 0
      ? {}
      : {
          help: {
            ...(q === NOTHING ? { didYouMean: 'oak chair' } : {}),
            withoutFilter: [...new Set(query.keys())].flatMap((parameter) => {
              const total = ordersFor(q).filter(passes(parameter)).length;
              return total === 0 ? [] : [{ parameter, total }];
            }),
          },
        }),
  };
  return OrderSearchResult.parse({
    hits: sorted.slice(offset, offset + limit),
    ...(offset === 0 ? first : {}),
    ...(q === MISSPELT ? { matches: 'similar-words' } : {}),
    ...(offset + limit < found.length ? { nextToken: String(offset + limit) } : {}),
    index: index(),
  });
}

const PRODUCTS = ['Oak chair', 'Desk lamp', 'Party 🎉 Hat 🎩 deluxe', 'كرسي مكتب', 'Oak table'];

export function productSearchPage(query: URLSearchParams): ProductSearchResult {
  const q = query.get('q') ?? '';
  const all = Array.from({ length: 45 }, (_, place) => ({
    sku: `EMO-${place}`,
    name: q === 'long' ? LONG_WORD.slice(0, 200) : `${PRODUCTS[place % PRODUCTS.length]}`,
    category: place % 3 === 0 ? 'Party' : 'Furniture',
    subCategory: place % 2 === 0 ? 'Chairs' : 'Lamps',
    unitPrice: 1_000 + place * 500,
    currency: 'EUR',
    inStock: place % 4 !== 0,
    highlights: [],
  }));
  const passes =
    (without?: string) =>
    (hit: (typeof all)[number]): boolean =>
      (without === 'q' || q !== NOTHING) &&
      (['category', 'subCategory'] as const).every((name) => {
        const chosen = query.getAll(name);
        return without === name || chosen.length === 0 || chosen.includes(hit[name]);
      }) &&
      (without === 'inStock' || [null, String(hit.inStock)].includes(query.get('inStock'))) &&
      (without === 'priceMin' || Number(query.get('priceMin') ?? 0) <= hit.unitPrice) &&
      (without === 'priceMax' || Number(query.get('priceMax') ?? Infinity) >= hit.unitPrice);
  const found = all.filter(passes());
  const sorted =
    query.get('sort') === 'price:desc'
      ? found.toSorted((one, other) => other.unitPrice - one.unitPrice)
      : found;
  const offset = Number(query.get('nextToken') ?? 0);
  const facet = (name: 'category' | 'subCategory' | 'inStock') =>
    [...Map.groupBy(all.filter(passes(name)), (hit) => String(hit[name]))].map(([value, hits]) => ({
      value,
      products: hits.length,
    }));
  return ProductSearchResult.parse({
    hits: sorted.slice(offset, offset + LIMIT).map((hit) => ({
      ...hit,
      highlights: q === '' ? [] : [{ field: 'name', parts: [{ text: hit.name, isHit: true }] }],
    })),
    ...(offset > 0
      ? {}
      : {
          total: found.length,
          isTotalExact: true,
          facets: {
            category: facet('category'),
            subCategory: facet('subCategory'),
            inStock: facet('inStock'),
          },
          ...(found.length > 0 ? {} : { help: { didYouMean: 'oak chair', withoutFilter: [] } }),
        }),
    ...(q === MISSPELT ? { matches: 'similar-words' } : {}),
    ...(offset + LIMIT < found.length ? { nextToken: String(offset + LIMIT) } : {}),
    index: index(),
  });
}

/** Completions of anything but what nothing is found for. */
export function suggestPage(query: URLSearchParams, isOperator: boolean): SuggestResult {
  const q = query.get('q') ?? '';
  if (q === 'long')
    return SuggestResult.parse({
      suggestions: [{ kind: 'product', text: LONG_WORD.slice(0, 200), sku: 'EMO-9' }],
      index: index(),
    });
  return SuggestResult.parse({
    suggestions:
      q === NOTHING || q === MISSPELT
        ? []
        : [
            { kind: 'product', text: 'Oak chair', sku: 'EMO-0' },
            { kind: 'product', text: 'Oak table', sku: 'EMO-4' },
            { kind: 'order', text: orderIdOf(7), orderId: orderIdOf(7), userId: 'ada' },
            ...(isOperator ? [{ kind: 'user', text: 'Grace Hopper', userId: 'grace' }] : []),
          ],
    index: index(),
  });
}

export function userSearchPage(query: URLSearchParams): UserSearchResult {
  const [q, email] = [query.get('q')?.toLowerCase(), query.get('email')];
  const hits = Object.entries(PEOPLE)
    .filter(([userId, name]) =>
      email === null
        ? name.toLowerCase().includes(q ?? '') || userId === q
        : email === `${userId}@example.com`,
    )
    .map(([userId, name]) => ({ userId, name, createdAt: ago(86_400), highlights: [] }));
  return UserSearchResult.parse({ hits, total: hits.length, isTotalExact: true, index: index() });
}

export function orderPage(userId: string, orderId: string): OrderView | undefined {
  const hit: OrderHit | undefined = orderSearchPage(new URLSearchParams({ userId, limit: '50' })).hits.find(
    (one) => one.orderId === orderId,
  );
  if (hit === undefined) return undefined;
  const { status, total, currency, shipToName, firstProduct, createdAt } = hit;
  return OrderView.parse({
    orderId,
    userId,
    status,
    total,
    currency,
    lines: [
      { sku: 'EMO-0', name: firstProduct, category: 'Furniture', quantity: 2, amount: 200 },
      { sku: 'EMO-1', name: 'Desk lamp', category: 'Furniture', quantity: 1, amount: 799 },
    ],
    shipTo: { name: shipToName, city: 'Dresden', country: 'Germany' },
    createdAt,
    updatedAt: createdAt,
    version: version(0),
  });
}
