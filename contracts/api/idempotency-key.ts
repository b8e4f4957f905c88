import * as z from 'zod';

/** The `Idempotency-Key` request header: 1 to 128 visible ASCII characters. See https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/. */
export const IdempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters')
  .brand<'IdempotencyKey'>();
export type IdempotencyKey = z.infer<typeof IdempotencyKey>;

/** An item of the idempotency table: a request that took effect, and what it was answered. */
export const IdempotencyToken = z.object({
  /** SHA-256 of the operation, the resource and the key: a key means nothing outside of them. */
  id: z.string(),
  /** SHA-256 of the request's body, so that a key that comes back with another one is refused. */
  requestHash: z.string(),
  /** The answer, in JSON. May hold personal data, and goes with the token. */
  response: z.string(),
  /** Epoch seconds; DynamoDB removes the token some time after. */
  expiresAt: z.int().positive(),
});
export type IdempotencyToken = z.infer<typeof IdempotencyToken>;
