import * as z from 'zod';
import { read } from '../contracts/reading.ts';
import { type SettingSchemas, type SettingsOf, text } from '../contracts/settings.ts';
import { OrderStreamError } from '../pipelines/errors.ts';

/**
 * The environment variables that infra/template.yaml, or Lambda itself (AWS_REGION), gives to functions, and that are no settings of a pipeline.
 * Each function reads those that it uses, and creates no schema for others while it starts.
 */
const variables = {
  TABLE_NAME: text,
  /** The ARN under which the table's streams are. */
  TABLE_ARN: text,
  IDEMPOTENCY_TABLE_NAME: text,
  MAILBOX_TABLE_NAME: text,
  OPERATIONS_TABLE_NAME: text,
  ORDER_MAILS: () => z.enum(['Enabled', 'Disabled']),
  /** The sender of the order mails. */
  MAIL_FROM: () => z.email(),
  MAIL_CONFIGURATION_SET: text,
  /** The secret with the keys that sign the tokens of mails. */
  MAIL_TOKEN_SECRET_ARN: text,
  /** The key itself, where there is no Secrets Manager. */
  MAIL_TOKEN_KEY: () => text().optional(),
  /** Where the API is, for links in mails. */
  API_URL: () => z.url(),
  IMPORT_QUEUE_URL: () => z.url(),
  DEAD_LETTER_QUEUE_URL: () => z.url(),
  DEAD_LETTER_BUCKET: text,
  ORDER_EVENTS_DEAD_LETTER_QUEUE_URL: () => z.url(),
  ORDER_EVENTS_DEAD_LETTER_BUCKET: text,
  SEARCH_INDEX_DEAD_LETTER_QUEUE_URL: () => z.url(),
  SEARCH_INDEX_DEAD_LETTER_BUCKET: text,
  /** The parking queue: dead letters that the automatic replay has tried too often. */
  PARKED_QUEUE_URL: () => z.url(),
  OPENSEARCH_ENDPOINT: () => z.url(),
  OPENSEARCH_AUTH: () => z.enum(['sigv4', 'basic', 'none']),
  /** For `basic`, which the template does not offer: a stack signs. */
  OPENSEARCH_USERNAME: text,
  OPENSEARCH_PASSWORD: text,
  /** The secret with the keys that sign page tokens. */
  PAGE_TOKEN_SECRET_ARN: text,
  /** The key itself, where there is no Secrets Manager. */
  PAGE_TOKEN_KEY: () => text().optional(),
  /** The secret with the key of the hash that stands for an address in the index. */
  EMAIL_HASH_SECRET_ARN: text,
  /** The key itself, where there is no Secrets Manager. */
  EMAIL_HASH_KEY: () => text().optional(),
  /** What the issuer writes before each scope; empty where it has them as they are. */
  SCOPE_PREFIX: () => z.string(),
  ORDER_EVENTS_FUNCTION_NAME: text,
  SEARCH_INDEX_FUNCTION_NAME: text,
  ORDER_EVENTS_MAPPING_ID: text,
  SEARCH_INDEX_MAPPING_ID: text,
  /** The dimension `service` of the metrics that the functions publish. */
  POWERTOOLS_SERVICE_NAME: text,
  AWS_REGION: text,
};
type Variables = { [Name in keyof typeof variables]: z.infer<ReturnType<(typeof variables)[Name]>> };

/** A function lacks a variable, or has one with an invalid value. */
export class EnvironmentError extends OrderStreamError {
  readonly code = 'environment-incomplete';
  readonly remedy = 'Give the function the variable in infra/template.yaml, and deploy it.';
}

/** The variables of a process or of a deployed function, by name. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the named variables of this process.
 *
 * @throws EnvironmentError naming what is missing: the function then fails at its start, not at its first record.
 */
export function environment<Name extends keyof Variables>(...names: readonly Name[]): Pick<Variables, Name> {
  const values: unknown = decode(
    process.env,
    names.map((name) => [name, variables[name]]),
  );
  return values as Pick<Variables, Name>;
}

/**
 * Reads the settings of a pipeline, from the environment of this process or of another function: the command line replays with the
 * settings of the deployed consumer.
 *
 * @throws EnvironmentError naming the variables that are missing.
 */
export function settings<Schemas extends SettingSchemas>(
  schemas: Schemas,
  given: Environment = process.env,
): SettingsOf<Schemas> {
  const values = decode(
    given,
    Object.entries(schemas).map(([name, schema]) => [variableOf(name), schema]),
  );
  const named: unknown = Object.fromEntries(
    Object.keys(schemas).map((name) => [name, values[variableOf(name)]]),
  );
  return named as SettingsOf<Schemas>;
}

const variableOf = (setting: string): string =>
  setting.replaceAll(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase();

function decode(
  given: Environment,
  schemas: readonly (readonly [string, () => z.ZodType])[],
): Readonly<Record<string, unknown>> {
  const shape = Object.fromEntries(schemas.map(([name, schema]) => [name, schema()]));
  const result = read(z.object(shape), given);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new EnvironmentError(`The environment is not complete. ${wrong.join('; ')}`);
}
