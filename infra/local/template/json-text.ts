import * as z from 'zod';

/** A value that the template holds as JSON in a text. */
export const JsonText = z.string().transform((json, context): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    context.addIssue('must be JSON');
    return z.NEVER;
  }
});
