import type * as z from 'zod';
import type { FieldIssue } from '../../contracts/dead-letters/consumer-dead-letter.ts';

/** A schema's complaints as paths and messages, without the values. */
export function fieldIssues(error: z.ZodError, where = ''): readonly FieldIssue[] {
  return error.issues.map((issue) => ({
    path: [...(where === '' ? [] : [where]), ...issue.path.map(String)].join('.'),
    message: issue.message,
  }));
}
