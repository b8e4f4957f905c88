import * as z from 'zod';
import { schemaBaseUrl } from '../contracts/events/schema-base-url.ts';
import { PARTITIONS_MAX, STATS_PARTS_MAX } from '../contracts/partitions.ts';
import { read } from '../contracts/reading.ts';
import { OrderStreamError } from '../pipelines/errors.ts';
import type { OrderHandlerSettings } from '../pipelines/order-events/order-handlers.ts';

const text = () => z.string().min(1);
/** A text that is not a number, such as the empty one, must not become 0. */
const wholeNumber = (min: number) => z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(min));

/**
 * The environment variables that infra/template.yaml, or Lambda itself (AWS_REGION), gives to functions. Each function reads
 * those that it uses, and creates no schema for others while it starts.
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
  TOPIC_ARN: text,
  /** Where subscribers find the schemas of events; empty where the stack does not know. */
  SCHEMA_BASE_URL: schemaBaseUrl,
  IMPORT_QUEUE_URL: () => z.url(),
  DEAD_LETTER_QUEUE_URL: () => z.url(),
  DEAD_LETTER_BUCKET: text,
  ORDER_EVENTS_DEAD_LETTER_QUEUE_URL: () => z.url(),
  ORDER_EVENTS_DEAD_LETTER_BUCKET: text,
  SEARCH_INDEX_DEAD_LETTER_QUEUE_URL: () => z.url(),
  SEARCH_INDEX_DEAD_LETTER_BUCKET: text,
  /** The parking queue: dead letters that the automatic replay has tried too often. */
  PARKED_QUEUE_URL: () => z.url(),
  AUTOMATIC_REPLAY_ATTEMPTS_MAX: () => wholeNumber(1),
  AUTOMATIC_REPLAY_RECORDS_PER_SECOND: () => wholeNumber(1),
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
  /** Days from an order's last change of status until it expires; 0 keeps it for ever. */
  ORDER_RETENTION_DAYS: () => wholeNumber(0),
  /** The most pieces of a sku in an order that its user places, open orders of a user, and accounts; 0 for any number. */
  ORDER_PIECES_MAX: () => wholeNumber(0),
  OPEN_ORDERS_MAX: () => wholeNumber(0),
  ACCOUNTS_MAX: () => wholeNumber(0),
  /** The most writes of a user a minute; 0 for any number. */
  WRITES_PER_MINUTE: () => wholeNumber(0),
  /** From which total, in minor units, an order is of high value; 0 for none. */
  HIGH_VALUE_THRESHOLD: () => wholeNumber(0),
  /** Over how many items the stats of a day are spread. */
  STATS_PARTS: () => wholeNumber(1).pipe(z.int().max(STATS_PARTS_MAX)),
  /** Days after which an order that is still `placed` is cancelled. */
  STALE_ORDER_DAYS: () => wholeNumber(1),
  /** The partitions of GSI1 that the orders of a status are spread over. */
  STATUS_PARTITIONS: () => wholeNumber(1).pipe(z.int().max(PARTITIONS_MAX)),
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
export const environment = <Name extends keyof Variables>(...names: readonly Name[]): Pick<Variables, Name> =>
  decode(process.env, names);

/** The settings of the handlers of orders as a stack has them. */
export interface DeployedSettings extends Required<OrderHandlerSettings> {
  readonly tableArn: string;
}

/**
 * The settings of the handlers of orders, from the environment of this process or of another function: the command line
 * replays with the settings of the deployed consumer.
 *
 * @throws EnvironmentError naming what is missing.
 */
export function orderHandlerSettings(given: Environment = process.env): DeployedSettings {
  const env = decode(given, [
    'TABLE_NAME',
    'TABLE_ARN',
    'OPERATIONS_TABLE_NAME',
    'TOPIC_ARN',
    'SCHEMA_BASE_URL',
    'ORDER_RETENTION_DAYS',
    'HIGH_VALUE_THRESHOLD',
    'STATS_PARTS',
  ]);
  return {
    tableName: env.TABLE_NAME,
    tableArn: env.TABLE_ARN,
    operationsTableName: env.OPERATIONS_TABLE_NAME,
    topicArn: env.TOPIC_ARN,
    schemaBaseUrl: env.SCHEMA_BASE_URL,
    retentionDays: env.ORDER_RETENTION_DAYS,
    highValueThreshold: env.HIGH_VALUE_THRESHOLD,
    statsParts: env.STATS_PARTS,
  };
}

function decode<Name extends keyof Variables>(
  given: Environment,
  names: readonly Name[],
): Pick<Variables, Name> {
  const shape = Object.fromEntries(names.map((name) => [name, variables[name]()]));
  const result = read(z.object(shape), given);
  if (!result.success) {
    const wrong = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new EnvironmentError(`The environment is not complete. ${wrong.join('; ')}`);
  }
  const values: unknown = result.data;
  return values as Pick<Variables, Name>;
}
