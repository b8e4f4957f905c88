import * as z from 'zod';
import { IdempotencyKey, VersionTag } from './parameters.ts';

/**
 * Who may make a request, besides the callers whose scopes open everything: `own-path` the user whom `{userId}` in the path
 * names, `own-body` the one whom `userId` in the body names, `any-caller` everybody with a token, `admin` nobody else. `ops`
 * is for those with the scope `ops` and not for the shop's staff.
 */
export type OperationAccess = 'own-path' | 'own-body' | 'any-caller' | 'admin' | 'ops';

/** The statuses of refusals that an operation can bring about itself; each bears a problem. */
export type RefusalStatus = 400 | 404 | 409 | 412 | 415 | 422;

/** The statuses that any operation may answer: no token, no right, too many requests, our fault, try again. */
export const GENERAL_STATUSES = [401, 403, 429, 500, 503] as const;

/** One operation of the API, from which openapi.json is made and by which template and handlers are checked. */
export interface Operation {
  /** The function's logical id in the template without `Function`, beginning in lower case. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: `/${string}`;
  readonly summary: string;
  readonly access: OperationAccess;
  readonly parameters?: {
    readonly path?: z.ZodObject;
    readonly query?: z.ZodObject;
    readonly header?: z.ZodObject;
  };
  readonly body?: z.ZodType;
  /** A body that is taken. */
  readonly example?: unknown;
  readonly success: {
    readonly status: 200 | 201;
    readonly description: string;
    readonly body: z.ZodType;
    /** Headers of the answer besides the usual ones. */
    readonly headers?: z.ZodObject;
  };
  readonly refusals: readonly RefusalStatus[];
}

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
