import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Scope } from '../../contracts/api/scopes.ts';
import type { VisibleOrders } from '../../pipelines/search/visible-orders.ts';
import type { Caller } from './caller.ts';
import { ForbiddenError } from './http-errors.ts';

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
