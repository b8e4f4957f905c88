import * as z from 'zod';

/**
 * One field that was refused: `field` is a JSON Pointer into the body, or the name of a path, query or header parameter; of an `item` that is
 * malformed, the path of the attribute.
 */
export const ProblemField = z.object({
  in: z.enum(['body', 'path', 'query', 'header', 'item']),
  field: z.string(),
  message: z.string(),
});
export type ProblemField = z.infer<typeof ProblemField>;

/** The body of every response that is no success. See https://www.rfc-editor.org/rfc/rfc9457. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
  errors: z.array(ProblemField).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** The body of a response that API Gateway makes itself, before or instead of a function. */
export const GatewayMessage = z.object({ message: z.string() });
export type GatewayMessage = z.infer<typeof GatewayMessage>;
