import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import type { OperationAccess } from '../../contracts/api/operation.ts';
import { Scope } from '../../contracts/api/scopes.ts';
import { read } from '../../contracts/reading.ts';
import { line } from '../../contracts/text.ts';
import type { VisibleOrders } from '../../pipelines/search/query/order-text-query.ts';
import { ForbiddenError, UnauthenticatedError } from './errors.ts';

/** The caller of a request, from the token that the API's JWT authorizer has checked. */
export interface Caller {
  /** The token's subject: a user's id, where a user calls. */
  readonly sub: string;
  readonly scopes: ReadonlySet<string>;
}

/** See https://openid.net/specs/openid-connect-core-1_0.html#IDToken. */
const SUBJECT_CHARACTERS_MAX = 255;

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
      }),
    }),
  }),
});

/**
 * Reads who calls. `scp` counts where there is no `scope`, as for API Gateway itself.
 * See https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html.
 *
 * @throws UnauthenticatedError without an authorizer, or with a token that has no subject.
 */
export function readCaller({ requestContext }: Pick<APIGatewayProxyEventV2, 'requestContext'>): Caller {
  const context = read(Authorized, requestContext);
  if (!context.success) throw new UnauthenticatedError();
  const { sub, scope, scp } = context.data.authorizer.jwt.claims;
  return { sub, scopes: new Set((scope ?? scp ?? '').replace(/^\[(.*)\]$/s, '$1').match(/\S+/g)) };
}

/** Whether one of the caller's scopes gives access beyond what they own. */
export const isPrivileged = ({ scopes }: Caller): boolean => Scope.options.some((scope) => scopes.has(scope));

/** The orders that a search may find for a caller: all for staff and operators, for any other caller their own. */
export const visibleOrders = (caller: Caller): VisibleOrders =>
  isPrivileged(caller) ? 'all' : { ofUser: caller.sub };

/** Every caller whom the authorizer let in. */
const authenticated = (): void => undefined;

/** Staff and operators alone. @throws ForbiddenError */
export function staff(caller: Caller): void {
  if (!isPrivileged(caller)) throw new ForbiddenError();
}

/** Operators alone: callers with the scope `ops`. @throws ForbiddenError */
function operatorOnly({ scopes }: Caller): void {
  if (!scopes.has(Scope.enum.ops)) throw new ForbiddenError();
}

/** The user with that id, staff and operators. @throws ForbiddenError */
export function owner(caller: Caller, ownerId: string | undefined): void {
  if (caller.sub !== ownerId) staff(caller);
}

/** Decides by an operation's access whether a caller may make a request for what `ownerId` owns. @throws ForbiddenError */
export const ACCESS: Readonly<
  Record<Exclude<OperationAccess, 'public'>, (caller: Caller, ownerId: string | undefined) => void>
> = { authenticated, owner, staff, operatorOnly };

const Owned = z.looseObject({ userId: z.string() });

/** The owner whom a body names. */
export const ownerIn = (body: unknown): string | undefined => read(Owned, body).data?.userId;
