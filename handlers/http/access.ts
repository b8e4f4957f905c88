import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import type { Operation } from '../../contracts/api/operation.ts';
import { READS_ORDERS, Scope } from '../../contracts/api/scopes.ts';
import { type RequestedBy, SUBJECT_CHARACTERS_MAX } from '../../contracts/entities/requested-by.ts';
import { read } from '../../contracts/reading.ts';
import { line } from '../../contracts/text.ts';
import type { VisibleOrders } from '../../pipelines/search/query/visible-orders.ts';
import { ForbiddenError, UnauthenticatedError } from './errors.ts';

/** The caller of a request, from the token that the API's JWT authorizer has checked. */
export interface Caller {
  /** The token's subject: a user's id, where a user calls. */
  readonly sub: string;
  /** The scopes of ours that the token has, without the stack's prefix. */
  readonly scopes: ReadonlySet<Scope>;
  /** API Gateway's id of the request. */
  readonly requestId: string;
}

/**
 * What an HTTP API adds to the event of a route with a JWT authorizer. Every claim is text there; a list is its members
 * in brackets, apart by spaces.
 */
const Authorized = z.object({
  authorizer: z.object({
    jwt: z.object({
      claims: z.object({
        sub: line(SUBJECT_CHARACTERS_MAX),
        scope: z.string().optional(),
        scp: z.string().optional(),
        // Cognito names the use of a token, and gives an ID token no scope. https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
        token_use: z.literal('access').optional(),
      }),
    }),
  }),
});

/**
 * Reads who calls. `scp` counts where there is no `scope`, as for API Gateway itself.
 * See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html.
 *
 * @param scopePrefix What the issuer writes before each scope of ours: `order-stream/` for a resource server of Cognito.
 * @throws UnauthenticatedError without an authorizer, or with a token that has no subject or is no access token.
 */
export function readCaller(
  { requestContext }: Pick<APIGatewayProxyEventV2, 'requestContext'>,
  scopePrefix: string,
): Caller {
  const context = read(Authorized, requestContext);
  if (!context.success) throw new UnauthenticatedError();
  const { sub, scope, scp } = context.data.authorizer.jwt.claims;
  const named = new Set((scope ?? scp ?? '').replace(/^\[(.*)\]$/s, '$1').match(/\S+/g));
  const scopes = new Set(Scope.options.filter((one) => named.has(`${scopePrefix}${one}`)));
  return { sub, scopes, requestId: requestContext.requestId };
}

/** The caller, as items that hold money name them. */
export const requestedBy = ({ sub, requestId }: Caller): RequestedBy => ({ subject: sub, requestId });

/** Whether the caller has one of the scopes. */
export const hasScope = ({ scopes }: Caller, wanted: readonly Scope[]): boolean =>
  wanted.some((scope) => scopes.has(scope));

/** One of the scopes. @throws ForbiddenError */
export function requireScope(caller: Caller, wanted: readonly Scope[]): void {
  if (!hasScope(caller, wanted)) throw new ForbiddenError();
}

/** Whether the caller acts as the user with that id: an app has their consent by the scope `shop` only. */
export const actsAs = ({ sub, scopes }: Caller, ownerId: string | undefined): boolean =>
  sub === ownerId && scopes.has('shop');

/** The user with that id, or one of the scopes. @throws ForbiddenError */
export function requireOwner(caller: Caller, ownerId: string | undefined, scopes: readonly Scope[]): void {
  if (!actsAs(caller, ownerId)) requireScope(caller, scopes);
}

/** The orders that a search may find for a caller: all for who reads orders, for any other caller their own. */
export const visibleOrders = (caller: Caller): VisibleOrders =>
  hasScope(caller, READS_ORDERS) ? 'all' : { ofUser: caller.sub };

/** Whether a caller may make a request of the operation for what `ownerId` owns. @throws ForbiddenError */
export function requireAccess(
  { access, scopes = [] }: Pick<Operation, 'access' | 'scopes'>,
  caller: Caller,
  ownerId: string | undefined,
): void {
  if (access === 'owner') requireOwner(caller, ownerId, scopes);
  else if (access === 'scoped') requireScope(caller, scopes);
  else if (access === 'authenticated' && caller.scopes.size === 0) throw new ForbiddenError();
}

const Owned = z.looseObject({ userId: z.string() });

/** The owner whom a body names. */
export const ownerIn = (body: unknown): string | undefined => read(Owned, body).data?.userId;
