/** What can be searched. Each is an index behind two aliases, so that a rebuilt index takes over without a reader or writer knowing. */
export type IndexName = 'orders' | 'products' | 'users';

/** The alias that searches read: `orders`. */
export const readAlias = (name: string): string => name;
/** The alias that the stream writes to: `orders-write`. */
export const writeAlias = (name: string): string => `${name}-write`;
/** The index itself, by its version: `orders-v1`. */
export const versionedIndex = (name: string, version: number): string => `${name}-v${version}`;
