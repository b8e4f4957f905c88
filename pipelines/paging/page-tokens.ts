import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { OrderStreamError } from '../errors.ts';
import { InvalidRequestError } from '../request-errors.ts';
import {
  type Purpose,
  SealedTokens,
  type SealedTokensDeps,
  TOKEN_LENGTH_MAX,
} from '../signing/sealed-tokens.ts';

/**
 * The page token is not one that this query gave this caller within the last hour. Whether it was forged, or is another
 * caller's, another query's or an old one, is not reported: that would help only an attacker who tries tokens.
 */
export class InvalidPageTokenError extends InvalidRequestError {
  override readonly code = 'invalid-page-token';
  override readonly remedy = 'Ask for the first page again, without nextToken.';

  constructor() {
    super('The page token is not valid here.', [
      {
        in: 'query',
        field: 'nextToken',
        message: 'must be the nextToken of a response to the same query, at most an hour old',
      },
    ]);
  }
}

/** A position is larger than a token may be, so that no token could lead to it. */
export class PositionTooLargeError extends OrderStreamError {
  readonly code = 'position-too-large';
  readonly remedy = 'Keep only the key of one item in a position.';
}

/** A parameter's value, as its schema read it. */
export type ParameterValue = string | number | boolean | undefined | readonly string[];

/** The list that a page is of, and whose it is. A token leads on in its own list only. */
export interface PageScope {
  /** The operation's name. */
  readonly operation: string;
  /** All parameters of path and query. One that is `undefined` is as good as absent. */
  readonly query: Readonly<Record<string, ParameterValue>>;
  /** The `sub` of the caller. */
  readonly caller: string;
}

/** The token cannot sign itself. The limit is the length of a page and not part of the list, so a next page may be longer. */
const NO_PART_OF_THE_LIST = new Set(['nextToken', 'limit']);

/** What a page token is for, the same for any order of the parameters. */
const purposeOf = ({ operation, query, caller }: PageScope): Purpose => {
  const parameters = Object.keys(query)
    .filter((name) => query[name] !== undefined && !NO_PART_OF_THE_LIST.has(name))
    .toSorted()
    .map((name) => [name, query[name]]);
  return [operation, caller, parameters];
};

/** How long a token is valid. */
export const PAGE_TOKEN_LIFE_SECONDS = 60 * 60;

/** What page tokens are made with. */
export type PageTokensDeps = SealedTokensDeps;

/** Makes and reads the tokens that lead from one page of a list to the next, for one list and one caller. */
export class PageTokens {
  readonly #tokens: SealedTokens;

  constructor(deps: PageTokensDeps) {
    this.#tokens = new SealedTokens(deps);
  }

  /**
   * Makes the token that leads on from `position`, a JSON value that the caller may know: the key of an item in its list.
   * It is valid for {@link PAGE_TOKEN_LIFE_SECONDS}.
   *
   * @throws PositionTooLargeError; any error of the keys' source.
   */
  async seal(scope: PageScope, position: unknown): Promise<string> {
    const token = await this.#tokens.seal(purposeOf(scope), { position }, PAGE_TOKEN_LIFE_SECONDS);
    if (token.length > TOKEN_LENGTH_MAX)
      throw new PositionTooLargeError(`A page token would have ${token.length} characters`);
    return token;
  }

  /**
   * Reads the position out of a token, which any of the keys may have signed.
   *
   * @throws InvalidPageTokenError for a token that is malformed, forged, of another list or caller, or expired, and for a
   * position that is not as `schema` has it; any error of the keys' source.
   */
  async open<Position>(scope: PageScope, token: string, schema: z.ZodType<Position>): Promise<Position> {
    const content = await this.#tokens.open(purposeOf(scope), token, z.object({ position: z.unknown() }));
    const position = read(schema, content?.position);
    if (content === undefined || !position.success) throw new InvalidPageTokenError();
    return position.data;
  }
}
