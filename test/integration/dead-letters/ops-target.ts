import { randomUUID } from 'node:crypto';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import type { DeadLetterId } from '../../../contracts/api/dead-letters.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import type { CommandContext } from '../../../infra/ops/command-line/command.ts';
import type { ExitCode } from '../../../infra/ops/command-line/exit-codes.ts';
import { output } from '../../../infra/ops/command-line/output.ts';
import { deadLetterDeps } from '../../../infra/ops/commands/dlq/selection.ts';
import type { OpsTarget } from '../../../infra/ops/target/ops-target.ts';
import { instantOf, systemClock } from '../../../pipelines/clock.ts';
import { allQueues } from '../../../pipelines/dead-letters/actions/selected-queues.ts';
import { registerDeadLetters } from '../../../pipelines/dead-letters/list/list-dead-letters.ts';
import type { FailureReason } from '../../../pipelines/errors.ts';
import { deadLetterOf } from '../../builders/dead-letters/dead-letters.ts';
import { emailHashes } from '../../builders/email-hash.ts';
import { DEFAULT_ORDER_HANDLER_SETTINGS } from '../../builders/stream/consumer-settings.ts';
import { TABLE_ARN } from '../../builders/stream/stream-record.ts';
import {
  localDynamoDb,
  localDynamoDbStreams,
  localOpenSearch,
  localS3,
  localSns,
  promptSqs,
} from '../parts/clients.ts';
import { createIdempotencyTable, createMailboxTable, createOperationsTable } from '../parts/table.ts';

/** A system for the operators' commands: a table that is there, and queues of its own. */
export async function opsTarget(tableName: string, deadLetterBucket: string): Promise<OpsTarget> {
  const clients = {
    dynamoDb: localDynamoDb(),
    streams: localDynamoDbStreams(),
    sns: localSns(),
    sqs: promptSqs(),
    s3: localS3(),
    openSearch: localOpenSearch(),
  };
  const newQueue = async (): Promise<string> => {
    const made = await clients.sqs.send(new CreateQueueCommand({ QueueName: `letters-${randomUUID()}` }));
    return made.QueueUrl ?? '';
  };
  const consumer = async () => ({
    functionName: 'f',
    deadLetterBucket,
    deadLetterQueueUrl: await newQueue(),
  });
  const topic = await clients.sns.send(new CreateTopicCommand({ Name: `orders-${randomUUID()}` }));
  return {
    title: 'a test system',
    actor: 'ada',
    ...clients,
    emailHash: emailHashes,
    cloudWatch: Object.create(null),
    lambda: Object.create(null),
    place: { kind: 'aws', searchEndpoint: '' },
    resources: {
      ...DEFAULT_ORDER_HANDLER_SETTINGS,
      tableName,
      tableArn: TABLE_ARN,
      operationsTableName: await createOperationsTable(clients.dynamoDb),
      topicArn: topic.TopicArn ?? '',
      idempotencyTableName: await createIdempotencyTable(clients.dynamoDb),
      mailboxTableName: await createMailboxTable(clients.dynamoDb),
      parkedDeadLettersUrl: await newQueue(),
      service: 'test',
      consumers: { 'order-events': await consumer(), 'search-index': await consumer() },
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Runs a command. Returns its exit code and its output, in order. */
export async function runCommand<Options>(
  target: OpsTarget,
  command: (context: CommandContext, options: Options) => Promise<ExitCode>,
  options: Options,
  isJson: boolean,
): Promise<{ readonly code: ExitCode; readonly text: string }> {
  const printed: string[] = [];
  const { signal } = new AbortController();
  const out = output(isJson, (text) => printed.push(text));
  const code = await command({ target, out, signal }, options);
  return { code, text: printed.join('\n') };
}

/** Sends a record to the dead-letter queue of a consumer, as that consumer does. */
export async function deadLettered(
  target: OpsTarget,
  consumer: ConsumerName,
  record: unknown,
  reason?: FailureReason,
): Promise<DeadLetterId> {
  const { deadLetters } = deadLetterDeps(target).consumers.waiting[consumer];
  const { reason: error } = deadLetterOf(record);
  const at = instantOf(systemClock.now());
  return deadLetters.accept(
    { record, error: reason ?? error, attempts: 1, firstSeenAt: at, by: consumer },
    new AbortController().signal,
  );
}

/** Makes the store know what a test sent to the queues. */
export async function readQueues(target: OpsTarget): Promise<void> {
  const deps = deadLetterDeps(target);
  const { signal } = new AbortController();
  for (const queue of allQueues(deps))
    await registerDeadLetters({ ...deps, queue, signal, messagesMax: 10_000 });
}
