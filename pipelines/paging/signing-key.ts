import { createSecretKey } from 'node:crypto';
import * as z from 'zod';

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
