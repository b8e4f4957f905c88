/** What can be searched. Each is an index with two aliases, so that a rebuilt index replaces it without a change in readers or writers. */
export type IndexName = 'orders' | 'products' | 'users';
/** All of them. */
export const INDEX_NAMES = ['orders', 'products', 'users'] as const satisfies readonly IndexName[];
/** The index of the heartbeats, which is written and read by their ids, never searched, compared or rebuilt. */
export const HEARTBEATS_INDEX = 'heartbeats';
/** The field of each that holds a document's id, as a keyword. */
export const ID_FIELDS: Readonly<Record<IndexName, string>> = {
  orders: 'orderId',
  products: 'sku',
  users: 'userId',
};

/** The alias that searches read: `orders`. */
export const readAlias = (name: string): string => name;
/** The alias that the stream writes to: `orders-write`. */
export const writeAlias = (name: string): string => `${name}-write`;
/**
 * The alias of the shadow index, which every write also goes to: `orders-shadow`. The shadow is the new index during a
 * rebuild, and the old one while the rebuild can be rolled back. Otherwise there is none.
 */
export const shadowAlias = (name: string): string => `${name}-shadow`;
/** The index itself, by its version: `orders-v1`. */
export const versionedIndex = (name: string, version: number): string => `${name}-v${version}`;
/** The names of all versions of an index: `orders-v*`. */
export const versionPattern = (name: string): string => `${name}-v*`;
