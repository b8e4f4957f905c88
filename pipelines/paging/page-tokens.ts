import { createHash, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { read, readJson } from '../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import type { Clock } from '../clock.ts';
import { OrderStreamError } from '../errors.ts';
import { InvalidRequestError } from '../request-errors.ts';

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

/** SHA-256 of a scope, the same for any order of the parameters. */
function scopeDigest({ operation, query, caller }: PageScope): Buffer {
  const parameters = Object.keys(query)
    .filter((name) => query[name] !== undefined && !NO_PART_OF_THE_LIST.has(name))
    .toSorted()
    .map((name) => [name, query[name]]);
  // As JSON, since any other separator may occur in the parts.
  return createHash('sha256')
    .update(JSON.stringify([operation, caller, parameters]))
    .digest();
}

/** As long as what HMAC-SHA-256 gives, in bytes: a shorter key weakens it. See https://www.rfc-editor.org/rfc/rfc2104#section-3. */
export const SIGNING_KEY_BYTES_MIN = 32;

/** A secret's text as the key of a MAC. A KeyObject, so that printing it shows nothing of the secret. */
export const SigningKey = z
  .string()
  .refine(
    (secret) => Buffer.byteLength(secret) >= SIGNING_KEY_BYTES_MIN,
    `must have at least ${SIGNING_KEY_BYTES_MIN} bytes`,
  )
  .transform((secret) => createSecretKey(secret, 'utf8'))
  .brand<'SigningKey'>();
export type SigningKey = z.infer<typeof SigningKey>;

/** The key that signs, and after it those that only verify, such as the one before a rotation. */
export type SigningKeys = readonly [current: SigningKey, ...earlier: SigningKey[]];

/** How long a token is valid. */
export const PAGE_TOKEN_LIFE_SECONDS = 60 * 60;
/** The longest token, in characters: with the rest of a request it stays below API Gateway's 10,240 bytes of request line and headers. */
export const PAGE_TOKEN_LENGTH_MAX = 4_096;

/** The first byte of a token; another layout gets another. */
const VERSION = 1;
const MAC_BYTES = 32;
const PAYLOAD_START = 1 + MAC_BYTES;

const Payload = z.object({ expiresAt: z.int(), position: z.unknown() });

/** What page tokens are made with. */
export interface PageTokensDeps {
  /** Called for each token, so that a rotated key counts without a restart. */
  readonly keys: () => Promise<SigningKeys>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Makes and reads the tokens that lead from one page of a list to the next: base64url of a version byte, an HMAC-SHA-256 and
 * a JSON payload, which is signed and not encrypted. The list and the caller are signed with it and not in it, so a
 * token says nothing of them and verifies for them alone.
 */
export class PageTokens {
  readonly #keys: PageTokensDeps['keys'];
  readonly #clock: PageTokensDeps['clock'];

  constructor({ keys, clock }: PageTokensDeps) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /**
   * Makes the token that leads on from `position`, a JSON value that the caller may know: the key of an item in its list.
   * It is valid for {@link PAGE_TOKEN_LIFE_SECONDS}.
   *
   * @throws PositionTooLargeError; any error of the keys' source.
   */
  async seal(scope: PageScope, position: unknown): Promise<string> {
    const [current] = await this.#keys();
    const expiresAt = this.#epochSeconds() + PAGE_TOKEN_LIFE_SECONDS;
    const payload = Buffer.from(JSON.stringify({ expiresAt, position }));
    const token = Buffer.concat([Buffer.of(VERSION), mac(current, scope, payload), payload]).toString(
      'base64url',
    );
    if (token.length > PAGE_TOKEN_LENGTH_MAX)
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
    const bytes = decode(token);
    const signed = bytes.subarray(1, PAYLOAD_START);
    const payload = bytes.subarray(PAYLOAD_START);
    const keys = await this.#keys();
    if (!keys.some((key) => timingSafeEqual(signed, mac(key, scope, payload))))
      throw new InvalidPageTokenError();
    // It is ours from here on, though perhaps from before a deployment.
    const content = readJson(Payload, payload.toString()).data;
    const position = read(schema, content?.position);
    if (content === undefined || content.expiresAt <= this.#epochSeconds() || !position.success)
      throw new InvalidPageTokenError();
    return position.data;
  }

  #epochSeconds(): number {
    return Math.floor(this.#clock.now().getTime() / MS_PER_SECOND);
  }
}

function mac(key: SigningKey, scope: PageScope, payload: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(Buffer.of(VERSION))
    .update(scopeDigest(scope))
    .update(payload)
    .digest();
}

function decode(token: string): Buffer {
  // Before any work on it: its length is the sender's choice.
  if (token.length > PAGE_TOKEN_LENGTH_MAX) throw new InvalidPageTokenError();
  const bytes = Buffer.from(token, 'base64url');
  // Node skips characters that are no base64url, and incomplete bits at the end; a token has one spelling.
  const isCanonical = bytes.toString('base64url') === token;
  if (!isCanonical || bytes.length < PAYLOAD_START || bytes[0] !== VERSION) throw new InvalidPageTokenError();
  return bytes;
}
