import * as z from 'zod';

/** The environment variables that infra/template.yaml, or Lambda itself (AWS_REGION), gives to functions. Each function asks for those that it uses. */
const variables = z.object({
  TABLE_NAME: z.string().min(1),
  IDEMPOTENCY_TABLE_NAME: z.string().min(1),
  TOPIC_ARN: z.string().min(1),
  DEAD_LETTER_QUEUE_URL: z.url(),
  DEAD_LETTER_BUCKET: z.string().min(1),
  OPENSEARCH_ENDPOINT: z.url(),
  OPENSEARCH_AUTH: z.enum(['sigv4', 'none']),
  /** The secret with the keys that sign page tokens. */
  PAGE_TOKEN_SECRET_ARN: z.string().min(1),
  /** The key itself, where there is no Secrets Manager. */
  PAGE_TOKEN_KEY: z.string().min(1).optional(),
  AWS_REGION: z.string().min(1),
});
type Variables = z.infer<typeof variables>;

/**
 * Reads the named variables.
 *
 * @throws ZodError naming what is missing: the function then fails at its start, not at its first record.
 */
export function environment<Name extends keyof Variables>(...names: readonly Name[]): Pick<Variables, Name> {
  const shape = Object.fromEntries(names.map((name) => [name, variables.shape[name]]));
  const values: unknown = z.object(shape).parse(process.env);
  return values as Pick<Variables, Name>;
}
