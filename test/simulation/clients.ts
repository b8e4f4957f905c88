import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  InternalServerError,
  ProvisionedThroughputExceededException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type DynamoDBStreamsClient, LimitExceededException } from '@aws-sdk/client-dynamodb-streams';
import { type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { type SNSClient, SNSServiceException } from '@aws-sdk/client-sns';
import {
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
  SQSServiceException,
} from '@aws-sdk/client-sqs';
import { errors } from '@opensearch-project/opensearch';
import { INDEX_NAMES, shadowAlias } from '../../pipelines/search/index-names.ts';
import type { OpenSearchClient, OpenSearchRequest } from '../../pipelines/search/open-search.ts';
import type { FaultKind } from './faults.ts';
import type { Host, ServiceCall } from './host.ts';
import type { BucketsModel } from './models/buckets.ts';
import type { QueuesModel } from './models/queues.ts';
import { type ItemResult, responseError, type SearchClusterModel } from './models/search-cluster.ts';
import type { StreamModel } from './models/stream.ts';
import { cancelled, type Database } from './models/table.ts';
import type { TopicModel } from './models/topic.ts';
import type { Dice } from './random.ts';

/** Everything that the code under test talks to. */
export interface Services {
  readonly database: Database;
  readonly stream: StreamModel;
  readonly queues: QueuesModel;
  readonly topic: TopicModel;
  readonly buckets: BucketsModel;
  readonly search: SearchClusterModel;
}

/** A process's clients. */
export interface Clients {
  readonly dynamoDb: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly openSearch: OpenSearchClient;
}

type ServiceFaults = ServiceCall['faults'];
type Execute = (command: unknown, dice: Dice) => unknown;

const METADATA = { $metadata: {} };

/** The SDK's and OpenSearch's clients of a process, on the models. */
export function clientsOf(host: Host, services: Services): Clients {
  const { database, stream, queues, topic, buckets, search } = services;
  return {
    dynamoDb: sdkClient<DynamoDBClient>(
      host,
      'dynamodb',
      (command) => database.begin(command),
      (command) => dynamoDbFaults(command, database),
      {
        away: () => new InternalServerError({ ...METADATA, message: 'Internal server error' }),
        prepare: withRequestToken,
      },
    ),
    streams: sdkClient<DynamoDBStreamsClient>(
      host,
      'streams',
      (command) => stream.execute(command),
      () => ({
        throttled: fails(() => new LimitExceededException({ ...METADATA, message: 'Too many reads' })),
      }),
    ),
    sns: sdkClient<SNSClient>(
      host,
      'sns',
      (command) => topic.execute(command),
      (command) => ({
        throttled: fails(() => snsError('Throttled', 429)),
        partial: (_, dice) =>
          topic.execute(command, refusal(dice, ['InternalError', 'Throttled', 'InvalidParameter'])),
        'sent-twice': undefined,
      }),
    ),
    sqs: sdkClient<SQSClient>(
      host,
      'sqs',
      (command) => queues.execute(command),
      (command) => sqsFaults(command, queues),
    ),
    s3: sdkClient<S3Client>(
      host,
      's3',
      (command) => buckets.execute(command),
      () => ({
        throttled: fails(() => s3Error('SlowDown', 503)),
        refused: fails(() => s3Error('AccessDenied', 403)),
      }),
    ),
    openSearch: openSearchClient(host, search),
  };
}

interface SdkOptions {
  readonly away?: () => Error;
  /** What the SDK does to a command before it sends it. */
  readonly prepare?: (command: unknown) => unknown;
}

function sdkClient<Client>(
  host: Host,
  service: string,
  execute: Execute,
  faultsOf: (command: unknown) => ServiceFaults,
  { away = () => serviceFault(service), prepare = (command) => command }: SdkOptions = {},
): Client {
  const send = (sent: unknown, options: { readonly abortSignal?: AbortSignal } = {}): Promise<unknown> => {
    const command = prepare(sent);
    return host.call({
      service,
      command: commandName(command),
      effect: (dice) => execute(command, dice),
      faults: faultsOf(command),
      noResponse: networkError,
      away,
      signal: options.abortSignal,
    });
  };
  // Only what the code under test calls: one method of the client.
  return { send } as unknown as Client;
}

const commandNames = new WeakMap<object, string>();

function commandName(command: unknown): string {
  if (typeof command !== 'object' || command === null) return '';
  const known = commandNames.get(command.constructor);
  if (known !== undefined) return known;
  const name = command.constructor.name.replace(/Command$/, '');
  commandNames.set(command.constructor, name);
  return name;
}

const fails =
  (error: () => Error): ((effect: () => unknown) => never) =>
  () => {
    throw error();
  };

/** As the SDK's HTTP handler has it when a socket stays silent. */
const networkError = (): Error => Object.assign(new Error('Socket timed out'), { name: 'TimeoutError' });

const serviceFault = (service: string): Error => {
  const options = { name: 'InternalFailure', $fault: 'server' as const, $metadata: { httpStatusCode: 500 } };
  if (service === 'sns') return new SNSServiceException(options);
  return service === 's3' ? new S3ServiceException(options) : new SQSServiceException(options);
};
const snsError = (name: string, httpStatusCode: number): Error =>
  new SNSServiceException({ name, $fault: 'client', $metadata: { httpStatusCode } });
const sqsError = (name: string, httpStatusCode: number): Error =>
  new SQSServiceException({ name, $fault: 'client', $metadata: { httpStatusCode } });
const s3Error = (name: string, httpStatusCode: number): Error =>
  new S3ServiceException({ name, $fault: 'client', $metadata: { httpStatusCode } });

/** A transaction without a token gets one of the SDK's, which stays the same when the SDK sends it again. */
function withRequestToken(command: unknown): unknown {
  if (!(command instanceof TransactWriteItemsCommand) || command.input.ClientRequestToken !== undefined)
    return command;
  return new TransactWriteItemsCommand({ ...command.input, ClientRequestToken: crypto.randomUUID() });
}

function dynamoDbFaults(command: unknown, database: Database): ServiceFaults {
  const throttled = fails(
    () => new ProvisionedThroughputExceededException({ ...METADATA, message: 'Throughput exceeded' }),
  );
  if (command instanceof TransactWriteItemsCommand) {
    const { length } = command.input.TransactItems ?? [];
    const because = (Code: string) =>
      fails(() =>
        cancelled(Array.from({ length }, (_, at) => ({ Code: at === length - 1 ? Code : 'None' }))),
      );
    return {
      throttled: because('ThrottlingError'),
      conflict: because('TransactionConflict'),
      'sent-twice': undefined,
    };
  }
  if (command instanceof BatchWriteItemCommand)
    return { throttled, partial: () => withUnprocessedItems(command, database), 'sent-twice': undefined };
  return command instanceof BatchGetItemCommand
    ? { throttled, partial: (effect) => withUnprocessedKeys(command, effect()) }
    : { throttled };
}

/** A BatchWriteItem that leaves the last put of each table undone. */
function withUnprocessedItems({ input }: BatchWriteItemCommand, database: Database): unknown {
  const requested = Object.entries(input.RequestItems ?? {});
  const done = requested.map(([name, requests]) => [name, requests.slice(0, -1)] as const);
  database.execute(new BatchWriteItemCommand({ RequestItems: Object.fromEntries(done) }));
  const undone = requested.map(([name, requests]) => [name, requests.slice(-1)] as const);
  return { ...METADATA, UnprocessedItems: Object.fromEntries(undone) };
}

/** A BatchGetItem that leaves its last key of each table unread. */
function withUnprocessedKeys({ input }: BatchGetItemCommand, response: unknown): unknown {
  const { Responses = {} } = response as { readonly Responses?: Record<string, Record<string, unknown>[]> };
  const requested = Object.entries(input.RequestItems ?? {});
  const unprocessed = requested.map(([name, { Keys = [] }]) => [name, { Keys: Keys.slice(-1) }] as const);
  const isUnprocessed = (name: string, item: Record<string, unknown>): boolean => {
    const key = requested.find(([table]) => table === name)?.[1].Keys?.at(-1) ?? {};
    return Object.entries(key).every(
      ([attribute, value]) => JSON.stringify(item[attribute]) === JSON.stringify(value),
    );
  };
  return {
    ...METADATA,
    Responses: Object.fromEntries(
      Object.entries(Responses).map(([name, items]) => [
        name,
        items.filter((item) => !isUnprocessed(name, item)),
      ]),
    ),
    UnprocessedKeys: Object.fromEntries(unprocessed),
  };
}

function sqsFaults(command: unknown, queues: QueuesModel): ServiceFaults {
  const throttled = fails(() => sqsError('RequestThrottled', 403));
  if (command instanceof ReceiveMessageCommand)
    return { throttled, 'received-twice': () => queues.execute(command, true) };
  const refused = fails(() => sqsError('AccessDenied', 403));
  if (!(command instanceof SendMessageBatchCommand)) return { throttled, 'sent-twice': undefined, refused };
  const partial: NonNullable<ServiceFaults['partial']> = (_, dice) => {
    const codeOf = refusal(dice, [
      'InternalError',
      'RequestThrottled',
      'AccessDenied',
      'InvalidMessageContents',
    ]);
    const codes = (command.input.Entries ?? []).map((entry, n) => ({ entry, code: codeOf(n) }));
    const taken = codes.flatMap(({ entry, code }) => (code === undefined ? [entry] : []));
    const response = queues.execute(new SendMessageBatchCommand({ ...command.input, Entries: taken }));
    const Failed = codes.flatMap(({ entry, code }) =>
      code === undefined ? [] : [{ Id: entry.Id, Code: code, SenderFault: true }],
    );
    return { ...(response as object), Failed };
  };
  return { throttled, refused, partial, 'sent-twice': undefined };
}

/** Refuses some of a batch's entries, each for one of the reasons. */
function refusal(dice: Dice, codes: readonly [string, ...string[]]): (n: number) => string | undefined {
  return () => (dice.chance(0.5) ? dice.pick(codes) : undefined);
}

const REJECTED = { status: 429, error: { type: 'es_rejected_execution_exception' } };
const UNAVAILABLE = { status: 503, error: { type: 'unavailable_shards_exception' } };
const REFUSED = { status: 400, error: { type: 'mapper_parsing_exception' } };

/** A shadow index that refuses a document lacks it on purpose until it is compared with the table. So none refuses here. */
function bulkFailure(alias: string, dice: Dice): ItemResult | undefined {
  if (dice.chance(0.5)) return undefined;
  return dice.pick<ItemResult>(isShadow(alias) ? [REJECTED, UNAVAILABLE] : [REJECTED, UNAVAILABLE, REFUSED]);
}

const isShadow = (alias: string): boolean => INDEX_NAMES.some((name) => shadowAlias(name) === alias);

function openSearchClient(host: Host, search: SearchClusterModel): OpenSearchClient {
  const execute = (
    request: OpenSearchRequest,
    refused?: (alias: string) => ItemResult | undefined,
  ): unknown => {
    const response = search.execute(request, refused);
    if (response.statusCode >= 400) throw responseError(response);
    return response;
  };
  const throttled = fails(() =>
    responseError({ statusCode: 429, body: { error: { type: 'circuit_breaking_exception' } } }),
  );
  return {
    transport: {
      request: (request) => {
        const abort = new AbortController();
        const isBulk = request.path === '/_bulk';
        const faults: Partial<Record<FaultKind, (effect: () => unknown, dice: Dice) => unknown>> = {
          throttled,
          ...(isBulk
            ? {
                partial: (_: unknown, dice: Dice) => execute(request, (alias) => bulkFailure(alias, dice)),
              }
            : {}),
        };
        const sent = host.call({
          service: 'opensearch',
          command: isBulk ? 'bulk' : 'alias',
          effect: () => execute(request),
          faults,
          noResponse: () => new errors.ConnectionError('socket hang up', undefined as never),
          away: () =>
            responseError({ statusCode: 503, body: { error: { type: 'cluster_block_exception' } } }),
          signal: abort.signal,
        });
        const pending = sent as Promise<{ statusCode: number | null; body: unknown }>;
        return Object.assign(pending, { abort: () => abort.abort() });
      },
    },
  };
}
