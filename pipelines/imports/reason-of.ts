import type * as z from 'zod';

const ISSUES_MAX = 5;

/** Why a row is rejected, for its report: paths and what they must be. A row's values are left out, its own names too. */
export function reasonOf({ issues }: z.ZodError): string {
  const told = issues.slice(0, ISSUES_MAX).map((issue) => {
    const message = issue.code === 'unrecognized_keys' ? 'has names that an order has not' : issue.message;
    return issue.path.length === 0 ? message : `${issue.path.map(String).join('.')}: ${message}`;
  });
  const more = issues.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
