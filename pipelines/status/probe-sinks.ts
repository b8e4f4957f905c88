import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetTopicAttributesCommand, type SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { ServiceException } from '@smithy/core/client';
import { SinkName, type SinkStatus } from '../../contracts/api/status.ts';
import { awsErrorKind } from '../aws/aws-errors.ts';
import { Deadline } from '../aws/deadline.ts';
import { OrderStreamError } from '../errors.ts';
import { readAlias } from '../search/index-names.ts';
import { errorType, type OpenSearchClient, openSearchResponse } from '../search/open-search.ts';

/** What is probed. */
export interface SinkProbesDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly operationsTableName: string;
  readonly sns: SNSClient;
  readonly topicArn: string;
  readonly sqs: SQSClient;
  readonly deadLetterQueueUrls: readonly string[];
  readonly openSearch: OpenSearchClient;
}

/** How long a probe waits for a response. */
export const PROBE_MS_MAX = 3_000;
/** A key that no item has. */
const PROBED_KEY = { pk: { S: 'PROBE' }, sk: { S: 'PROBE' } };
const PROBED_DOCUMENT = 'probe';

/**
 * Asks each thing that the consumers depend on for something small that it can only give while it works. Nothing is written. All
 * probes run at the same time, each within `timeoutMs`.
 */
export const probeSinks = (
  deps: SinkProbesDeps,
  names: readonly SinkName[] = SinkName.options,
  timeoutMs = PROBE_MS_MAX,
): Promise<SinkStatus[]> => Promise.all(names.map((name) => probe(deps, name, timeoutMs)));

async function probe(deps: SinkProbesDeps, name: SinkName, timeoutMs: number): Promise<SinkStatus> {
  const beganAt = performance.now();
  try {
    using deadline = new Deadline(timeoutMs);
    await deadline.within((signal) => PROBES[name](deps, signal, timeoutMs));
    return { name, state: 'ok', latencyMs: Math.round(performance.now() - beganAt) };
  } catch (error) {
    return { name, ...failureOf(error) };
  }
}

type Probe = (deps: SinkProbesDeps, signal: AbortSignal, timeoutMs: number) => Promise<void>;

const PROBES: Readonly<Record<SinkName, Probe>> = {
  table: ({ dynamoDb, tableName }, signal) => probeTable(dynamoDb, tableName, signal),
  'operations-table': ({ dynamoDb, operationsTableName }, signal) =>
    probeTable(dynamoDb, operationsTableName, signal),
  topic: async ({ sns, topicArn }, abortSignal) => {
    await sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn }), { abortSignal });
  },
  'dead-letter-queues': async ({ sqs, deadLetterQueueUrls }, abortSignal) => {
    await Promise.all(
      deadLetterQueueUrls.map((QueueUrl) =>
        sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }), { abortSignal }),
      ),
    );
  },
  'open-search': probeOpenSearch,
};

async function probeTable(
  dynamoDb: DynamoDBClient,
  tableName: string,
  abortSignal: AbortSignal,
): Promise<void> {
  await dynamoDb.send(new GetItemCommand({ TableName: tableName, Key: PROBED_KEY }), { abortSignal });
}

/** OpenSearch responded, but not as it does when it works. */
class ProbeRefusedError extends OrderStreamError {
  readonly code: string;
  readonly state: Exclude<SinkStatus['state'], 'ok' | 'no-response'>;
  readonly remedy = 'See SearchClusterRed in docs/runbook.md.';

  constructor(status: number, type: string | undefined) {
    super(`OpenSearch responded with ${status} ${type ?? ''}`);
    this.code = type ?? `http-${status}`;
    if (status === 401 || status === 403) this.state = 'denied';
    else this.state = status === 404 ? 'missing' : 'failing';
  }
}

/** Reads a document that does not exist: a shard that cannot be read responds with 503. */
async function probeOpenSearch(
  { openSearch }: SinkProbesDeps,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<void> {
  const path = `/${readAlias('orders')}/_doc/${PROBED_DOCUMENT}`;
  const response = await openSearchResponse(
    openSearch,
    { method: 'GET', path },
    { timeoutMs, signals: [signal] },
  );
  const type = errorType(response);
  const isAbsent = response.status === 404 && type === undefined;
  if (response.status >= 400 && !isAbsent) throw new ProbeRefusedError(response.status, type);
}

function failureOf(error: unknown): Pick<SinkStatus, 'state' | 'code'> {
  if (error instanceof ProbeRefusedError) return { state: error.state, code: error.code };
  const code = error instanceof Error ? error.name : 'unknown';
  const kind = awsErrorKind(error);
  if (kind === 'not-found') return { state: 'missing', code };
  if (kind === 'denied') return { state: 'denied', code };
  return { state: error instanceof ServiceException ? 'failing' : 'no-response', code };
}
