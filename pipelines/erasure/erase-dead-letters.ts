import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetterId } from '../../contracts/api/dead-letters.ts';
import type { PayloadLocation } from '../../contracts/dead-letters/consumer-dead-letter.ts';
import { userPartition } from '../../contracts/entities/user.ts';
import type { Clock } from '../clock.ts';
import type { Contents, DeadLetter, FetchDeps, Unparsed } from '../dead-letters/parse/dead-letter.ts';
import { messageEntry } from '../dead-letters/parse/dead-letter-summary.ts';
import {
  parseMessages,
  QueuePass,
  type ReplayableQueue,
  readMessages,
  type SummarizedMessage,
  stateOn,
} from '../dead-letters/queue/queue-pass.ts';
import type { OpenState } from '../operations/dead-letter-entry.ts';
import type { DeadLetterStore } from '../operations/dead-letter-store.ts';
import { recordKey } from '../stream/record-facts.ts';
import type { ErasureRun } from './erase-copies.ts';

/** The queues, the buckets and the store. */
export interface EraseDeadLettersDeps extends FetchDeps {
  readonly sqs: SQSClient;
  readonly queues: readonly ReplayableQueue[];
  readonly store: Pick<DeadLetterStore, 'register' | 'end'>;
  readonly actor: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** The dead letters of a user on the queues. */
export interface UserDeadLetters {
  /** Those of the user's items alone that are purged, or would be. */
  readonly own: readonly DeadLetterId[];
  /** Batches with records of other users too: a person must replay or purge them. */
  readonly shared: number;
  /** Those of anyone that could not be read, and so may be the user's. */
  readonly unread: number;
  /** Those with records of the user that order-events has not processed. */
  readonly unprocessed: number;
  /** How many of the unread ones may be changes that order-events has not processed. */
  readonly unreadChanges: number;
  /** Messages that another reader had hidden at the begin. */
  readonly hidden: number;
  /** Whether there may be more of them. */
  readonly isCutShort: boolean;
}

/** Which dead letters are purged. */
export interface DeadLettersRun extends ErasureRun {
  /** Those of order-events too, whose events and effects on stock and stats are lost with them. */
  readonly unprocessed: boolean;
}

const MESSAGES_MAX = 10_000;

/**
 * Reads all dead letters on the queues, and purges those of a user's items with their objects. Pointers hold no data, and are none.
 *
 * @throws the SDK's own errors.
 */
export async function eraseDeadLetters(
  deps: EraseDeadLettersDeps,
  run: DeadLettersRun,
): Promise<UserDeadLetters> {
  const own: DeadLetterId[] = [];
  const found: Pick<FoundDeadLetter, 'owner' | 'isUnprocessed' | 'deadLetter'>[] = [];
  let isCutShort = false;
  let hidden = 0;
  for (const queue of deps.queues) {
    hidden += await hiddenOn(queue, deps);
    await using pass = new QueuePass({ ...deps, queueUrl: queue.queueUrl, messagesMax: MESSAGES_MAX });
    for await (const one of foundOn(queue, pass, deps, run)) {
      const { owner, isUnprocessed, deadLetter } = one;
      found.push({ owner, isUnprocessed, deadLetter });
      if (owner !== 'own' || (isUnprocessed && !run.unprocessed)) continue;
      own.push(deadLetter.id);
      if (!run.dryRun) await purge(one, stateOn(queue), pass, deps);
    }
    isCutShort ||= pass.isCutShort;
  }
  const countOf = (counted: Owner): number => found.filter(({ owner }) => owner === counted).length;
  const unprocessed = found.filter(({ isUnprocessed }) => isUnprocessed).length;
  const unreadChanges = found.filter(
    ({ owner, deadLetter }) => owner === 'unread' && deadLetter.consumer === 'order-events',
  ).length;
  const counts = { shared: countOf('shared'), unread: countOf('unread'), unprocessed, unreadChanges };
  return { own, ...counts, hidden, isCutShort };
}

/** SQS counts them approximately. */
async function hiddenOn(
  { queueUrl: QueueUrl }: ReplayableQueue,
  { sqs }: EraseDeadLettersDeps,
): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessagesNotVisible'] }),
  );
  return Number(Attributes?.['ApproximateNumberOfMessagesNotVisible'] ?? 0);
}

/** The dead letters on a queue that are the user's, or may be. */
async function* foundOn(
  queue: ReplayableQueue,
  pass: QueuePass,
  deps: EraseDeadLettersDeps,
  run: ErasureRun,
): AsyncGenerator<FoundDeadLetter, void, undefined> {
  for (let messages = await pass.next(); messages.length > 0; messages = await pass.next())
    yield* await ofUser(readMessages(messages, queue.consumer, deps), deps, run);
}

type Owner = 'own' | 'shared' | 'unread' | 'other';

/** A dead letter, whose it is, and where its object is. */
interface FoundDeadLetter {
  readonly owner: Owner;
  /** Whether it is a change of the user that order-events has not processed. */
  readonly isUnprocessed: boolean;
  readonly deadLetter: DeadLetter;
  readonly at: readonly PayloadLocation[];
}

async function ofUser(
  messages: readonly SummarizedMessage<Contents | Unparsed>[],
  deps: EraseDeadLettersDeps,
  { userId, signal }: ErasureRun,
): Promise<readonly FoundDeadLetter[]> {
  signal.throwIfAborted();
  const parsed = await parseMessages(messages, deps, signal);
  const locationsOf = (index: number): readonly PayloadLocation[] => {
    const contents = messages[index]?.deadLetter.contents;
    return contents?.kind === 'unparsed' ? contents.at : [];
  };
  return parsed.flatMap(({ deadLetter }, index) => {
    const owner = ownerOf(deadLetter.contents, userPartition(userId));
    const isUnprocessed = owner !== 'unread' && deadLetter.consumer === 'order-events';
    return owner === 'other' ? [] : { owner, isUnprocessed, deadLetter, at: locationsOf(index) };
  });
}

async function purge(
  { deadLetter, at }: FoundDeadLetter,
  state: OpenState,
  pass: QueuePass,
  { store, s3, actor }: EraseDeadLettersDeps,
): Promise<void> {
  await store.register([messageEntry(deadLetter)], state);
  await store.end(deadLetter.id, 'purged', actor);
  // An object that is left behind goes with the ended dead letter; a message without its object would be found by no repeat.
  await pass.delete(deadLetter.message);
  for (const { bucket, key } of at) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}

function ownerOf(contents: Contents, partition: string): Owner {
  const ownerOfRecord = (record: unknown): Owner => {
    const key = recordKey(record);
    if (key === undefined) return 'unread';
    return key.pk === partition ? 'own' : 'other';
  };
  switch (contents.kind) {
    case 'record':
      return ownerOfRecord(contents.record);
    case 'batches': {
      const owners = contents.batches.flatMap(({ failure, payload }): readonly Owner[] => {
        if (payload !== undefined) return payload.records.map(ownerOfRecord);
        // Pointers have no payload at all.
        return failure.payload === undefined ? [] : ['unread'];
      });
      if (owners.includes('own')) return 'shared';
      return owners.includes('unread') ? 'unread' : 'other';
    }
    case 'unreadable':
      return contents.isMissing === true ? 'other' : 'unread';
    case 'test-event':
      return 'other';
  }
}
