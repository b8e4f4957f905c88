import * as z from 'zod';

/** The body of an answer that API Gateway gives itself, before or instead of a function. */
export const GatewayMessage = z.object({ message: z.string() });
export type GatewayMessage = z.infer<typeof GatewayMessage>;
