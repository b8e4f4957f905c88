import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { read, readJson } from '../../contracts/reading.ts';
import type { Clock } from '../core/clock.ts';
import { InvalidPageTokenError, PositionTooLargeError } from './errors.ts';
import { type PageScope, scopeDigest } from './page-scope.ts';
import type { SigningKey, SigningKeys } from './signing-key.ts';

/** How long a token leads on. */
export const PAGE_TOKEN_LIFE_SECONDS = 60 * 60;
/** The longest token, in characters: with the rest of a request it stays below API Gateway's 10,240 bytes of request line and headers. */
export const PAGE_TOKEN_LENGTH_MAX = 4_096;

const MS_PER_SECOND = 1_000;
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
   * It counts for {@link PAGE_TOKEN_LIFE_SECONDS}.
   *
   * @throws PositionTooLargeError; whatever the keys' source throws.
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
   * position that is not as `schema` has it; whatever the keys' source throws.
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
  // Node skips what is no base64url, and bits at the end that make no byte; a token has one spelling.
  const isCanonical = bytes.toString('base64url') === token;
  if (!isCanonical || bytes.length < PAYLOAD_START || bytes[0] !== VERSION) throw new InvalidPageTokenError();
  return bytes;
}
