import { ImportedOrder } from '../../../contracts/imports/imported-order.ts';

/** An order as another system hands it over. */
export const importedOrder = (overrides: object = {}): ImportedOrder =>
  ImportedOrder.parse({
    sourceId: 'S-1',
    userId: 'u-1',
    placedAt: '2014-06-09T12:00:00.000Z',
    currency: 'USD',
    shipTo: { name: 'Ada Example', city: 'Dresden', country: 'Germany' },
    lines: [{ sku: 'SKU-1', name: 'Oak chair', category: 'Furniture', quantity: 2, amount: 2_500 }],
    ...overrides,
  });

/** The header of every CSV of these tests. */
export const CSV_HEADER =
  'sourceId,userId,placedAt,currency,shipToName,shipToCity,shipToCountry,sku,name,category,quantity,amount';

/** One row of it, as an order's line. */
export const csvRow = (overrides: Readonly<Record<string, string>> = {}): string => {
  const fields: Readonly<Record<string, string>> = {
    sourceId: 'S-1',
    userId: 'u-1',
    placedAt: '2014-06-09T12:00:00.000Z',
    currency: 'USD',
    shipToName: 'Ada Example',
    shipToCity: 'Dresden',
    shipToCountry: 'Germany',
    sku: 'SKU-1',
    name: 'Oak chair',
    category: 'Furniture',
    quantity: '2',
    amount: '2500',
    ...overrides,
  };
  return CSV_HEADER.split(',')
    .map((column) => fields[column] ?? '')
    .join(',');
};

/** Lines with a line break after each. */
export const linesOf = (lines: readonly string[], lineBreak = '\n'): string =>
  lines.map((line) => `${line}${lineBreak}`).join('');

/** A content in chunks of so many bytes. */
export async function* inChunks(content: string | Uint8Array, bytes: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.from(content);
  for (let from = 0; from < buffer.length; from += bytes) yield buffer.subarray(from, from + bytes);
}

/** All that an iteration gives. */
export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
