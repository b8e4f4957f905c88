import type { SinkName } from '../../../contracts/api/status.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { probeSinks } from '../../../pipelines/status/probe-sinks.ts';
import type { OpsTarget } from './ops-target.ts';

/** Something that the command depends on did not respond. */
export class NoResponseError extends OrderStreamError {
  readonly code = 'no-response';
  readonly remedy = 'Run npm run ops -- status to see what else is wrong, and see docs/runbook.md.';
}

const PROBE_SECONDS = 8;
const SERVICES: Readonly<Record<SinkName, string>> = {
  table: 'DynamoDB',
  'operations-table': 'DynamoDB',
  topic: 'SNS',
  'dead-letter-queues': 'SQS',
  'open-search': 'OpenSearch',
};

/**
 * Waits at most eight seconds for each of them to respond to a probe. A refusal is a response: the command itself reports what it means.
 *
 * @throws NoResponseError naming the first that did not respond, and its address.
 */
export async function requireResponses(target: OpsTarget, names: readonly SinkName[]): Promise<void> {
  const probed = await probeSinks(probesOf(target), names, PROBE_SECONDS * 1_000);
  const silent = probed.find(({ state }) => state === 'no-response');
  if (silent === undefined) return;
  throw new NoResponseError(
    `${SERVICES[silent.name]} did not respond at ${addressOf(target, silent.name)} (${PROBE_SECONDS} s)`,
  );
}

/** What the probes of a target use. */
export const probesOf = (target: OpsTarget) => ({
  ...target,
  ...target.resources,
  deadLetterQueueUrls: Object.values(target.resources.consumers).map(
    ({ deadLetterQueueUrl }) => deadLetterQueueUrl,
  ),
});

function addressOf({ place, resources }: OpsTarget, name: SinkName): string {
  if (place.kind === 'local') {
    const { dynamoDb, messaging, openSearch } = place.running.endpoints;
    const endpoints: Readonly<Record<SinkName, string>> = {
      table: dynamoDb,
      'operations-table': dynamoDb,
      topic: messaging,
      'dead-letter-queues': messaging,
      'open-search': openSearch,
    };
    return endpoints[name];
  }
  const addresses: Readonly<Record<SinkName, string>> = {
    table: resources.tableName,
    'operations-table': resources.operationsTableName,
    topic: resources.topicArn,
    'dead-letter-queues': resources.consumers['order-events'].deadLetterQueueUrl,
    'open-search': place.searchEndpoint,
  };
  return addresses[name];
}
