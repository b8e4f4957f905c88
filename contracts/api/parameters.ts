import * as z from 'zod';
import type { Version } from '../ids.ts';

/** A query that may ask for strong consistency, which costs twice the read. */
export const ConsistencyQuery = z.object({
  consistent: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});

/** The `Idempotency-Key` request header: 1 to 128 visible ASCII characters, which name a request of this caller. See https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/. */
export const IdempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters')
  .brand<'IdempotencyKey'>();
export type IdempotencyKey = z.infer<typeof IdempotencyKey>;

/** An item of the idempotency table: a request that took effect, and its response. */
export const IdempotencyToken = z.object({
  /** SHA-256 of the caller, the operation, the resource and the key: a key means nothing outside of them. */
  id: z.string(),
  /** SHA-256 of the request's body, so that a key that comes back with another one is refused. */
  requestHash: z.string(),
  /** The response, in JSON. May hold personal data, and is deleted with the token. */
  response: z.string(),
  /** Epoch seconds; DynamoDB removes the token some time after. */
  expiresAt: z.int().positive(),
});
export type IdempotencyToken = z.infer<typeof IdempotencyToken>;

/** The most items of a page. */
export const PAGE_LIMIT_MAX = 100;
const PAGE_LIMIT_DEFAULT = 20;

/** An integer in a query, written in digits alone. */
export const queryInteger = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));

/** The parameters of the query of every list. */
export const pageQuery = {
  /** The most items of the page. */
  limit: queryInteger(1, PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
  /** The `nextToken` of the page before; the first page without it. */
  nextToken: z.string().min(1).optional(),
};

/** What every page has besides its items. */
export const nextPage = {
  /** The token of the next page; absent on the last one. */
  nextToken: z.string().optional(),
};

const QUOTED_DIGITS = /^"[1-9]\d{0,15}"$/;

/** An entity tag: an item's version in quotes, as `ETag` gives it and `If-Match` takes it. See https://www.rfc-editor.org/rfc/rfc9110#name-etag. */
export const VersionTag = z.string().regex(QUOTED_DIGITS, 'must be an entity tag that the API gave');
export type VersionTag = z.infer<typeof VersionTag>;

/** The tag of a version. */
export const versionTag = (version: Version): VersionTag => `"${version}"`;
