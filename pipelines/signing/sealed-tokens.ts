import { createHash, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { readJson } from '../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import type { Clock } from '../clock.ts';

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

/** The longest token, in characters: with the rest of a request it stays below API Gateway's 10,240 bytes of request line and headers. */
export const TOKEN_LENGTH_MAX = 4_096;

/** The first byte of a token; another layout gets another. */
const VERSION = 1;
const MAC_BYTES = 32;
const PAYLOAD_START = 1 + MAC_BYTES;

const Expiring = z.object({ expiresAt: z.int() });

/** What tokens are sealed with. */
export interface SealedTokensDeps {
  /** Called for each token, so that a rotated key counts without a restart. */
  readonly keys: () => Promise<SigningKeys>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What a token is for. It is signed with the token and not in it, so a token says nothing of it and verifies for it alone. */
export type Purpose = readonly unknown[];

/**
 * Seals and opens tokens: base64url of a version byte, an HMAC-SHA-256 and a JSON payload, which is signed and not encrypted.
 */
export class SealedTokens {
  readonly #keys: SealedTokensDeps['keys'];
  readonly #clock: SealedTokensDeps['clock'];

  constructor({ keys, clock }: SealedTokensDeps) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /**
   * Makes a token of `content`, which its bearer may know.
   *
   * @param lifeSeconds How long it is valid.
   * @throws any error of the keys' source.
   */
  async seal(purpose: Purpose, content: object, lifeSeconds: number): Promise<string> {
    const [current] = await this.#keys();
    const payload = Buffer.from(
      JSON.stringify({ expiresAt: this.#epochSeconds() + lifeSeconds, ...content }),
    );
    return Buffer.concat([Buffer.of(VERSION), mac(current, purpose, payload), payload]).toString('base64url');
  }

  /**
   * Reads the content of a token, which any of the keys may have signed.
   *
   * @returns `undefined` for a token that is malformed, forged, of another purpose or expired, or whose content is not as `schema` has it.
   * @throws any error of the keys' source.
   */
  async open<Content>(
    purpose: Purpose,
    token: string,
    schema: z.ZodType<Content>,
  ): Promise<Content | undefined> {
    const bytes = decode(token);
    if (bytes === undefined) return undefined;
    const signed = bytes.subarray(1, PAYLOAD_START);
    const payload = bytes.subarray(PAYLOAD_START);
    const keys = await this.#keys();
    if (!keys.some((key) => timingSafeEqual(signed, mac(key, purpose, payload)))) return undefined;
    // It is ours from here on, though perhaps from before a deployment.
    const { data: expiry } = readJson(Expiring, payload.toString());
    if (expiry === undefined || expiry.expiresAt <= this.#epochSeconds()) return undefined;
    return readJson(schema, payload.toString()).data;
  }

  #epochSeconds(): number {
    return Math.floor(this.#clock.now().getTime() / MS_PER_SECOND);
  }
}

function mac(key: SigningKey, purpose: Purpose, payload: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(Buffer.of(VERSION))
    .update(createHash('sha256').update(JSON.stringify(purpose)).digest())
    .update(payload)
    .digest();
}

function decode(token: string): Buffer | undefined {
  // Before any work on it: its length is the sender's choice.
  if (token.length > TOKEN_LENGTH_MAX) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  // Node skips characters that are no base64url, and incomplete bits at the end; a token has one spelling.
  const isCanonical = bytes.toString('base64url') === token;
  return isCanonical && bytes.length >= PAYLOAD_START && bytes[0] === VERSION ? bytes : undefined;
}
