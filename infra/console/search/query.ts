import { goTo, replaceAddress, routeOf } from '../data/route.ts';

/** A parameter of a search, as chips and links name it. */
export interface SearchFilter {
  readonly name: string;
  readonly label: string;
  /** A value of the address in words; as it is without this. */
  readonly write?: (value: string) => string;
}

/** The parameters that say which page of a search it is, and that its field is called: a changed search has none of them. */
const OF_ONE_VISIT = ['page', 'nextToken', 'focus'];

/** The search with other values of some parameters: none removes one. It begins at its first page. */
export function changedQuery(
  query: URLSearchParams,
  values: Readonly<Record<string, readonly string[] | string>>,
): URLSearchParams {
  const changed = new URLSearchParams(
    [...query].filter(([name]) => !(name in values) && !OF_ONE_VISIT.includes(name)),
  );
  for (const [name, given] of Object.entries(values))
    for (const value of [given].flat()) if (value !== '') changed.append(name, value);
  return changed;
}

/**
 * Goes to the search with other values. It begins with what the address has now: a view shows a change of it a moment later.
 *
 * @param isReplaced Whether the history gets no entry.
 */
export function changeSearch(
  addressOf: (query: URLSearchParams) => string,
  values: Readonly<Record<string, readonly string[] | string>>,
  isReplaced = false,
): void {
  const address = addressOf(changedQuery(routeOf(location.hash).query, values));
  if (isReplaced) replaceAddress(address);
  else goTo(address);
}

/** The path of the request for a search: the parameters of its address that the operation has. */
export function searchPathOf(path: string, query: URLSearchParams, names: readonly string[]): string {
  const known = new URLSearchParams(
    [...query].filter(([name, value]) => names.includes(name) && value !== ''),
  );
  return known.size === 0 ? path : `${path}?${known}`;
}

const DIGITS = 2;
/** The minor units of a currency's unit, for filters that hold for all currencies: most have so many. */
const MINOR_UNITS = 10 ** DIGITS;

/** An amount of a filter as a person writes it: minor units with two decimals. */
export const writtenAmount = (minorUnits: string): string =>
  /^\d+$/.test(minorUnits) ? (Number(minorUnits) / MINOR_UNITS).toFixed(DIGITS) : '';

/** The minor units of an amount with two decimals; empty for none. */
export const minorUnitsOf = (amount: string): string =>
  amount.trim() === '' ? '' : String(Math.round(Number(amount) * MINOR_UNITS));

/** What a search for orders can be narrowed to. */
export const ORDER_FILTERS: readonly SearchFilter[] = [
  { name: 'q', label: 'text' },
  { name: 'status', label: 'status' },
  { name: 'category', label: 'category' },
  { name: 'userId', label: 'user' },
  { name: 'from', label: 'from' },
  { name: 'to', label: 'to' },
  { name: 'totalMin', label: 'total from', write: writtenAmount },
  { name: 'totalMax', label: 'total to', write: writtenAmount },
];

/** How orders are sorted. Without a choice it is by relevance where there are words, else the newest first. */
export const ORDER_SORTS: Readonly<Record<string, string>> = {
  '': 'best first',
  'createdAt:desc': 'newest first',
  'createdAt:asc': 'oldest first',
  'total:desc': 'highest total',
  'total:asc': 'lowest total',
};
