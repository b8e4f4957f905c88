import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { Scope } from '../../contracts/api/scopes.ts';
import { read } from '../../contracts/reading.ts';
import { line } from '../../contracts/text.ts';
import type { VisibleOrders } from '../../pipelines/search/query/order-text-query.ts';
import { ForbiddenError, UnauthenticatedError } from './errors.ts';

/** Who makes a request, as the API's JWT authorizer vouches for. */
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
 * @throws UnauthenticatedError when no authorizer was there or its token has no subject.
 */
export function readCaller({ requestContext }: Pick<APIGatewayProxyEventV2, 'requestContext'>): Caller {
  const context = read(Authorized, requestContext);
  if (!context.success) throw new UnauthenticatedError();
  const { sub, scope, scp } = context.data.authorizer.jwt.claims;
  return { sub, scopes: new Set((scope ?? scp ?? '').replace(/^\[(.*)\]$/s, '$1').match(/\S+/g)) };
}

/** Decides whether a caller may make this request. @throws ForbiddenError */
export type Access = (caller: Caller, event: Pick<APIGatewayProxyEventV2, 'pathParameters'>) => void;

/** Whether one of the caller's scopes opens more than the own path. */
export const isPrivileged = ({ scopes }: Caller): boolean => Scope.options.some((scope) => scopes.has(scope));

/** The orders that a search may find for a caller: all for staff and operators, for anybody else their own. */
export const visibleOrders = (caller: Caller): VisibleOrders =>
  isPrivileged(caller) ? 'all' : { ofUser: caller.sub };

/** Everybody whom the authorizer let in. */
export const anyCaller: Access = () => undefined;

/** Staff and operators alone. */
export const privilegedOnly: Access = (caller) => {
  if (!isPrivileged(caller)) throw new ForbiddenError();
};

/** Operators alone: who has the scope `ops`. */
export const opsOnly: Access = ({ scopes }) => {
  if (!scopes.has(Scope.enum.ops)) throw new ForbiddenError();
};

/** The user whom `{userId}` names, staff and operators. */
export const ownPath: Access = (caller, { pathParameters }) =>
  requireSelf(caller, pathParameters?.['userId']);

/** The user of that id, staff and operators. @throws ForbiddenError for anybody else. */
export function requireSelf(caller: Caller, userId: string | undefined): void {
  if (caller.sub !== userId) privilegedOnly(caller, {});
}
