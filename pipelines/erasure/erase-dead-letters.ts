import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
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
  /** Those of the user's items alone. */
  readonly own: readonly DeadLetterId[];
  /** Batches with records of other users too, and messages that cannot be read and name the user: a person must replay or purge them. */
  readonly shared: number;
  /** Whether there may be more of them. */
  readonly isCutShort: boolean;
}

const MESSAGES_MAX = 10_000;

/**
 * Reads all dead letters on the queues, and purges those of a user's items with their objects. Pointers hold no data, and are none.
 *
 * @throws the SDK's own errors.
 */
export async function eraseDeadLetters(
  deps: EraseDeadLettersDeps,
  run: ErasureRun,
): Promise<UserDeadLetters> {
  const own: DeadLetterId[] = [];
  let shared = 0;
  let isCutShort = false;
  for (const queue of deps.queues) {
    await using pass = new QueuePass({ ...deps, queueUrl: queue.queueUrl, messagesMax: MESSAGES_MAX });
    for (let messages = await pass.next(); messages.length > 0; messages = await pass.next()) {
      const found = await ofUser(readMessages(messages, queue.consumer, deps), deps, run);
      shared += found.shared;
      for (const one of found.own) {
        own.push(one.deadLetter.id);
        if (!run.dryRun) await purge(one, stateOn(queue), pass, deps);
      }
    }
    isCutShort ||= pass.isCutShort;
  }
  return { own, shared, isCutShort };
}

/** A dead letter, and where its object is. */
interface OwnDeadLetter {
  readonly deadLetter: DeadLetter;
  readonly at: readonly PayloadLocation[];
}

async function ofUser(
  messages: readonly SummarizedMessage<Contents | Unparsed>[],
  deps: EraseDeadLettersDeps,
  { userId, signal }: ErasureRun,
): Promise<{ readonly own: readonly OwnDeadLetter[]; readonly shared: number }> {
  signal.throwIfAborted();
  const parsed = await parseMessages(messages, deps, signal);
  const whose = parsed.map(({ deadLetter }) => ownerOf(deadLetter, userPartition(userId)));
  const locationsOf = (index: number): readonly PayloadLocation[] => {
    const contents = messages[index]?.deadLetter.contents;
    return contents?.kind === 'unparsed' ? contents.at : [];
  };
  return {
    own: parsed.flatMap(({ deadLetter }, index) =>
      whose[index] === 'own' ? [{ deadLetter, at: locationsOf(index) }] : [],
    ),
    shared: whose.filter((owner) => owner === 'shared').length,
  };
}

async function purge(
  { deadLetter, at }: OwnDeadLetter,
  state: OpenState,
  pass: QueuePass,
  { store, s3, actor }: EraseDeadLettersDeps,
): Promise<void> {
  await store.register([messageEntry(deadLetter)], state);
  await store.end(deadLetter.id, 'purged', actor);
  for (const { bucket, key } of at) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  await pass.delete(deadLetter.message);
}

function ownerOf({ contents, message }: DeadLetter<Contents>, partition: string): 'own' | 'shared' | 'other' {
  const isOfUser = (record: unknown): boolean => recordKey(record)?.pk === partition;
  if (contents.kind === 'record') return isOfUser(contents.record) ? 'own' : 'other';
  const isNamed =
    contents.kind === 'batches'
      ? contents.batches.some(({ payload }) => payload?.records.some(isOfUser))
      : message.body.includes(JSON.stringify(partition).slice(1, -1));
  return isNamed ? 'shared' : 'other';
}
