import type { TemplateFinding } from '../template-findings.ts';
import { isAllowed } from './iam/evaluator.ts';
import type { JudgedCall } from './iam/gateway.ts';
import type { Grant, GrantsByRole } from './iam/roles.ts';

const finding = (where: string, what: string): TemplateFinding => ({ where, what, parameters: {} });

/** Calls that a function makes and its role does not grant: each by function, action and resource. */
export function refusedFindings(calls: readonly JudgedCall[]): readonly TemplateFinding[] {
  const refused = calls.filter(({ verdict }) => !isAllowed(verdict));
  const places = new Map(
    refused.map(({ role, call: { action, resource, context } }) => {
      const keys = Object.entries(context).map(([name, values]) => `${name} ${[values].flat().join(', ')}`);
      const condition = keys.length === 0 ? '' : ` with ${keys.join(' and ')}`;
      return [
        `${role} ${action} ${resource}`,
        finding(role, `is not granted ${action} on ${resource}${condition}`),
      ];
    }),
  );
  return [...places.values()];
}

/** What IAM grants and the service cannot be asked for: only a query and a scan read an index. */
const isVoid = ({ action, resource }: Grant): boolean =>
  resource.includes('/index/') && !['dynamodb:Query', 'dynamodb:Scan'].includes(action);

/**
 * Grants without which no call would have been refused: they are too much, or the work does not reach what needs them, so that their loss would
 * not be found.
 */
export function unneededFindings(
  roles: GrantsByRole,
  calls: readonly JudgedCall[],
): readonly TemplateFinding[] {
  const needed = new Set(
    calls.flatMap(({ role, verdict: { allowing } }) =>
      allowing.length === 1 ? [`${role} ${allowing[0]}`] : [],
    ),
  );
  return [...roles].flatMap(([role, grants]) =>
    grants
      .filter((grant) => grant.effect === 'Allow' && !isVoid(grant) && !needed.has(`${role} ${grant.id}`))
      .map(({ id }) => finding(role, `is granted what no call needed: ${id}`)),
  );
}
