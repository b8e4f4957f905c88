import * as z from 'zod';

/** The scopes that open more than the caller's own path: `orders:admin` for the shop's staff, `ops` for its operators. */
export const Scope = z.enum(['orders:admin', 'ops']);
export type Scope = z.infer<typeof Scope>;
