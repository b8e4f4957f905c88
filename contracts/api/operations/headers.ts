import * as z from 'zod';
import { IdempotencyKey } from '../idempotency-key.ts';
import { VersionTag } from '../version-tag.ts';

/** The header of a request that may come twice and takes effect once. */
export const idempotencyHeader = z.object({ 'Idempotency-Key': IdempotencyKey.optional() });

/** The header of a request that may come twice, takes effect once, and is not taken without a key. */
export const requiredIdempotencyHeader = z.object({ 'Idempotency-Key': IdempotencyKey });

/** The headers of an answer to something that was created. */
export const createdHeaders = z.object({
  Location: z.string(),
  'Idempotency-Replayed': z.literal('true').optional(),
});

/** Tells that the answer is that of an earlier request with the same key. */
export const replayedHeaders = z.object({ 'Idempotency-Replayed': z.literal('true').optional() });

/** The version of what is answered, for a later `If-Match`. */
export const versionHeaders = z.object({ ETag: VersionTag });

/** The header of a change that counts only for the version that the caller has seen. */
export const ifMatchHeader = z.object({ 'If-Match': VersionTag.optional() });
