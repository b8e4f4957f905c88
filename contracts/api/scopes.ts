import * as z from 'zod';

/**
 * The scopes of access tokens, without the stack's prefix. `shop` lets users act on their own path; the others open more than that:
 * `orders:write` the shop's orders, products and users, `accounts:write` the accounts, `ops:read` everything that can be read, and
 * `ops:write` the actions of operators.
 */
export const Scope = z.enum(['shop', 'orders:write', 'accounts:write', 'ops:read', 'ops:write']);
export type Scope = z.infer<typeof Scope>;

/** The scopes that open what others own. */
export type PrivilegedScope = Exclude<Scope, 'shop'>;
export const PRIVILEGED_SCOPES: readonly PrivilegedScope[] = Scope.exclude(['shop']).options;

/** Who reads any user's data, orders and products. */
export const READS_ORDERS = ['orders:write', 'ops:read'] as const satisfies readonly PrivilegedScope[];
/** Who reads any user's accounts. */
export const READS_ACCOUNTS = ['accounts:write', 'ops:read'] as const satisfies readonly PrivilegedScope[];
