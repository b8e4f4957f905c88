import * as z from 'zod';
import { Version } from '../ids.ts';
import { IdempotencyKey, VersionTag } from './parameters.ts';
import { Scope } from './scopes.ts';

/**
 * Who may make a request: `public` anyone, without a token, `authenticated` any caller whose token has a scope of ours, `owner` the user whom `userId` in
 * the path, or else in the body, names, with the scope `shop`, and callers with one of the operation's scopes, `scoped` the latter alone.
 */
export type OperationAccess = 'public' | 'authenticated' | 'owner' | 'scoped';

/** The statuses that any operation may return: no token, no access, too many requests, our fault, try again. */
export const GENERAL_STATUSES = [401, 403, 429, 500, 503] as const;

/** Those of an operation: without a token, no caller can be refused. */
export const generalStatusesOf = ({
  access,
}: Pick<Operation, 'access'>): (typeof GENERAL_STATUSES)[number][] =>
  GENERAL_STATUSES.filter((status) => access !== 'public' || (status !== 401 && status !== 403));

/** The largest body that a request may have unless its operation takes more, in bytes. */
export const BODY_BYTES_MAX = 256 * 1024;

/**
 * One operation of the API. The router, the checks of requests, access control, openapi.json and the table of routes in
 * docs/api.md follow from it.
 */
export interface Operation {
  /** The name of the operation, and of its implementation. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: `/${string}`;
  readonly summary: string;
  readonly access: OperationAccess;
  /** With `owner` the scopes that open the operation for what others own, with `scoped` those that open it at all. One of them is enough. */
  readonly scopes?: readonly Scope[];
  readonly parameters?: { readonly path?: z.ZodObject; readonly query?: z.ZodObject };
  readonly body?: z.ZodType;
  /** {@link BODY_BYTES_MAX} unless stated. */
  readonly bodyBytesMax?: number;
  /** A body that is accepted. */
  readonly example?: unknown;
  /** Whether the request may or must have an `Idempotency-Key`, with which it takes effect once. */
  readonly idempotency?: 'optional' | 'required';
  /** Whether the request may have an `If-Match`, with which it takes effect on that version only. */
  readonly ifMatch?: 'optional';
  readonly success: {
    readonly status: 200 | 201;
    readonly description: string;
    readonly body: z.ZodType;
    /** The path of what was created. Its parameters come from the path and the body of the response. */
    readonly location?: `/${string}`;
    /** Whether the response has the version of its body as its `ETag`. */
    readonly etag?: true;
    /** For how many seconds any cache may keep the response. Without it none may, since responses hold personal data. */
    readonly cacheSeconds?: number;
  };
  /** The refusals that depend on what is stored; the others follow from what the operation takes. */
  readonly refusals?: readonly (404 | 409)[];
}

/** The status of a refusal that the request brings about; each has a problem as its body. */
export type RefusalStatus = 400 | 404 | 409 | 412 | 415 | 422;

/** The statuses of an operation's refusals, in ascending order. Any operation may refuse a query that it does not know. */
export function refusalsOf({ body, idempotency, ifMatch, refusals = [] }: Operation): RefusalStatus[] {
  const statuses: RefusalStatus[] = [400, ...refusals];
  if (ifMatch !== undefined) statuses.push(412);
  if (body !== undefined) statuses.push(415);
  if (idempotency !== undefined) statuses.push(422);
  return statuses.toSorted();
}

/**
 * The scopes of which a token must have one to call the operation at all: API Gateway's authorization scopes of its route.
 * See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html.
 */
export function routeScopesOf({
  access,
  scopes = [],
}: Pick<Operation, 'access' | 'scopes'>): readonly Scope[] {
  if (access === 'public') return [];
  if (access === 'authenticated') return Scope.options;
  return access === 'owner' ? ['shop', ...scopes] : scopes;
}

/** Where a request names the owner that its access depends on. */
export const ownerPlace = ({ path }: Pick<Operation, 'path'>): 'path' | 'body' =>
  path.includes('{userId}') ? 'path' : 'body';

/** The route key that an HTTP API gives to a request for the operation. See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html. */
export const routeKeyOf = ({ method, path }: Pick<Operation, 'method' | 'path'>): string =>
  `${method} ${path}`;

const VersionFromTag = VersionTag.transform((tag) => Number(tag.slice(1, -1))).pipe(Version);

/** The headers that a request to the operation may have, by their names. */
export const requestHeaders = ({ idempotency, ifMatch }: Operation): Readonly<Record<string, z.ZodType>> => ({
  ...(idempotency !== undefined && {
    'Idempotency-Key': idempotency === 'required' ? IdempotencyKey : IdempotencyKey.optional(),
  }),
  ...(ifMatch !== undefined && { 'If-Match': VersionFromTag.optional() }),
});

/** The headers that a successful response of the operation may have, by their names. */
export const responseHeaders = ({
  idempotency,
  success: { location, etag },
}: Operation): Readonly<Record<string, z.ZodType>> => ({
  ...(location !== undefined && { Location: z.string() }),
  ...(idempotency !== undefined && { 'Idempotency-Replayed': z.literal('true').optional() }),
  ...(etag !== undefined && { ETag: VersionTag }),
});
