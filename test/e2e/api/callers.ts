import type { Scope } from '../../../contracts/api/scopes.ts';
import type { LocalSystem } from '../../../infra/local/system/local-system.ts';

/** Who calls: users, the staff, an operator, and those whom no good token vouches for. */
export const CALLERS = {
  ada: { sub: 'ada', scopes: [] },
  bob: { sub: 'bob', scopes: [] },
  staff: { sub: 'staff', scopes: ['orders:admin'] },
  operator: { sub: 'operator', scopes: ['ops'] },
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
    token('staff', 'orders:admin'),
    token('operator', 'ops'),
  ]);
  const [head = '', , signature = ''] = staff.split('.');
  const claims = Buffer.from(JSON.stringify({ sub: 'ada', scope: 'ops' })).toString('base64url');
  const bearer = { ada, bob, staff, operator, forger: `${head}.${claims}.${signature}` };
  return Object.fromEntries(Object.entries(bearer).map(([name, value]) => [name, `Bearer ${value}`]));
}
