import type { Logger } from '@aws-lambda-powertools/logger';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { ConsumerName } from '../../../contracts/stream.ts';
import { ContractViolationError, loggableReason } from '../../errors.ts';
import type { DeadLetterWrites } from '../../operations/dead-letter-writes.ts';
import { type FetchDeps, fetchDeadLetter, readDeadLetter } from '../parse/dead-letter.ts';
import { messageEntry } from '../parse/dead-letter-summary.ts';
import { readMessageBody } from '../parse/message-body.ts';
import { queuedMessage } from '../parse/queued-message.ts';

/** The dependencies of the intake. */
export interface TakeInBatchesDeps extends FetchDeps {
  readonly store: Pick<DeadLetterWrites, 'add'>;
  readonly logger: Pick<Logger, 'error'>;
}

/** The time for one object, which has 16 MB at most. */
const READ_MS = 20_000;

/**
 * Writes the batches that Lambda has given up to the store of dead letters. Its messages are copies of those on the dead-letter queues: one that
 * is lost here is only later in the store, with the next pass over its queue. A failed message is delivered again, also one
 * whose object cannot be fetched now: as unreadable counts only what is lost or is no batch.
 */
export async function takeInBatches(
  { Records }: SQSEvent,
  deps: TakeInBatchesDeps,
): Promise<SQSBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const record of Records)
    try {
      await takeIn(record, deps);
    } catch (error) {
      const { messageId } = record;
      deps.logger.error('A batch was not taken into the store', { messageId, reason: loggableReason(error) });
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  return { batchItemFailures };
}

async function takeIn({ messageId, body, attributes }: SQSRecord, deps: TakeInBatchesDeps): Promise<void> {
  const { SentTimestamp } = attributes;
  const message = queuedMessage({ MessageId: messageId, Body: body, Attributes: { SentTimestamp } });
  const read = readMessageBody(body);
  const bucket = read.kind === 'objects' ? read.objects[0]?.bucket : undefined;
  const consumer = ConsumerName.options.find((name) => deps.places[name].deadLetterBucket === bucket);
  const deadLetter = readDeadLetter(message, consumer, deps);
  if (deadLetter.consumer === undefined)
    throw new ContractViolationError('The message names no batch of a consumer');
  const fetched = await fetchDeadLetter(deadLetter, deps, AbortSignal.timeout(READ_MS));
  await deps.store.add(messageEntry(fetched), 'waiting');
}
