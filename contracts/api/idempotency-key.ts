import { z } from 'zod';

/** The `Idempotency-Key` request header: 1 to 128 visible ASCII characters. See https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/. */
export const IdempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters')
  .brand<'IdempotencyKey'>();
export type IdempotencyKey = z.infer<typeof IdempotencyKey>;
