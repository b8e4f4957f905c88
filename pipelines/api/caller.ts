import { READS_ORDERS, type Scope } from '../../contracts/api/scopes.ts';
import type { RequestedBy } from '../../contracts/entities/requested-by.ts';
import { ForbiddenError } from '../request-errors.ts';
import type { VisibleOrders } from '../search/query/visible-orders.ts';

/** The caller of a request, from the token that the API's JWT authorizer has checked. */
export interface Caller {
  /** The token's subject: a user's id, where a user calls. */
  readonly sub: string;
  /** The scopes of ours that the token has, without the stack's prefix. */
  readonly scopes: ReadonlySet<Scope>;
  /** API Gateway's id of the request. */
  readonly requestId: string;
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
