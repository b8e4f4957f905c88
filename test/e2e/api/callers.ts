import type { Scope } from '../../../contracts/api/scopes.ts';
import type { LocalSystem } from '../../../infra/local/system/local-system.ts';

/** Who calls: users, the staff, an operator, and those whom no good token vouches for. */
export const CALLERS = {
  ada: { sub: 'ada', scopes: ['shop'] },
  bob: { sub: 'bob', scopes: ['shop'] },
  staff: { sub: 'staff', scopes: ['orders:write', 'accounts:write'] },
  operator: { sub: 'operator', scopes: ['ops:read', 'ops:write'] },
  nobody: undefined,
  forger: undefined,
} as const satisfies Record<string, { readonly sub: string; readonly scopes: readonly Scope[] } | undefined>;

export type CallerName = keyof typeof CALLERS;

/** The `Authorization` header of each caller who has one. */
export type Authorizations = Readonly<Partial<Record<CallerName, string>>>;

export async function authorizationsOf({ token }: LocalSystem): Promise<Authorizations> {
  const [ada, bob, staff, operator] = await Promise.all([
    token('ada'),
    token('bob'),
    token('staff', 'orders:write', 'accounts:write'),
    token('operator', 'ops:read', 'ops:write'),
  ]);
  const [head = '', , signature = ''] = staff.split('.');
  const claims = Buffer.from(JSON.stringify({ sub: 'ada', scope: 'ops:write' })).toString('base64url');
  const bearer = { ada, bob, staff, operator, forger: `${head}.${claims}.${signature}` };
  return Object.fromEntries(Object.entries(bearer).map(([name, value]) => [name, `Bearer ${value}`]));
}
