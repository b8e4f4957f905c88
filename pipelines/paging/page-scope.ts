import { createHash } from 'node:crypto';

/** A parameter's value, as its schema read it. */
export type ParameterValue = string | number | boolean | undefined | readonly string[];

/** The list that a page is of, and whose it is. A token leads on in its own list only. */
export interface PageScope {
  /** The operation's name. */
  readonly operation: string;
  /** All parameters of path and query. One that is `undefined` is as good as absent. */
  readonly query: Readonly<Record<string, ParameterValue>>;
  /** The `sub` of whoever asks. */
  readonly caller: string;
}

/** The token cannot sign itself. The limit says how much of the list to give and not what is in it, so a next page may be longer. */
const NO_PART_OF_THE_LIST = new Set(['nextToken', 'limit']);

/** SHA-256 of a scope, the same in whatever order the parameters came. */
export function scopeDigest({ operation, query, caller }: PageScope): Buffer {
  const parameters = Object.keys(query)
    .filter((name) => query[name] !== undefined && !NO_PART_OF_THE_LIST.has(name))
    .toSorted()
    .map((name) => [name, query[name]]);
  // As JSON, since no other joint is surely absent from all the parts.
  return createHash('sha256')
    .update(JSON.stringify([operation, caller, parameters]))
    .digest();
}
