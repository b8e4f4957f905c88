import type { _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import * as z from 'zod';
import type { PayloadLocation } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { type DiscardedBatch, readDeadLetter } from '../../../pipelines/dead-letters/parse/dead-letter.ts';
import { messageSummary } from '../../../pipelines/dead-letters/parse/dead-letter-summary.ts';
import { queuedMessage } from '../../../pipelines/dead-letters/parse/queued-message.ts';
import type { QueueChange } from '../models/queues.ts';
import { InvariantViolation, type Observer } from '../observer.ts';
import { CONSUMERS, OWN_PLACES, PARKED_QUEUE_URL, PLACES } from '../places.ts';
import { sequenceOf, type World } from '../world.ts';

/** A dead letter that is on a queue, and the records that it stands for. */
interface Waiting {
  readonly id: string;
  readonly consumer: ConsumerName;
  readonly isParked: boolean;
  readonly attempts: number;
  /** Where the replay of a batch goes on. */
  readonly nextRecord: string | undefined;
  readonly eventIds: readonly string[];
}

const Payload = z.object({ payload: z.string() });
const Event = z.object({ Records: z.array(z.object({ eventID: z.string() })) });
const consumers = new Map(CONSUMERS.map((consumer) => [PLACES[consumer].deadLetterQueueUrl, consumer]));

/**
 * At each step: a dead letter leaves its queue only when each of its records was replayed, or is in another dead letter. Where
 * that is the same dead letter again, it has failed once more and says so, it was parked, or it is a batch that goes on.
 */
export class ReplayInvariant implements Observer {
  readonly #world: World;
  readonly #isSent: (consumer: ConsumerName, record: SdkRecord) => boolean;
  readonly #waiting = new Map<string, Waiting>();
  readonly #replayed = new Set<string>();

  /** @param isSent whether a consumer's mapping sends it a record. */
  constructor(world: World, isSent: (consumer: ConsumerName, record: SdkRecord) => boolean) {
    this.#world = world;
    this.#isSent = isSent;
  }

  replayed(consumer: ConsumerName, eventId: string): void {
    this.#replayed.add(`${consumer} ${eventId}`);
  }

  queued({ queueUrl, messageId, sent }: QueueChange): void {
    const consumer = consumers.get(queueUrl);
    const isParked = queueUrl === PARKED_QUEUE_URL;
    if (consumer === undefined && !isParked) return;
    if (sent !== undefined) {
      const message = queuedMessage({ MessageId: messageId, ...sent });
      const deadLetter = readDeadLetter(message, consumer, OWN_PLACES);
      const owner = deadLetter.consumer;
      if (owner === undefined) return;
      const { attempts } = messageSummary(deadLetter);
      const eventIds = this.#eventIdsOf(deadLetter.contents, owner);
      const { nextRecord } = message.notes;
      this.#waiting.set(messageId, {
        ...{ id: deadLetter.id, consumer: owner, isParked, attempts, nextRecord, eventIds },
      });
      return;
    }
    const left = this.#waiting.get(messageId);
    this.#waiting.delete(messageId);
    for (const eventId of left?.eventIds ?? []) if (left !== undefined) this.#checkLeft(left, eventId);
  }

  #checkLeft(left: Waiting, eventId: string): void {
    if (this.#replayed.has(`${left.consumer} ${eventId}`)) return;
    const others = [...this.#waiting.values()].filter(
      ({ consumer, eventIds }) => consumer === left.consumer && eventIds.includes(eventId),
    );
    const reported = `${left.consumer} has deleted ${left.id} with ${eventId} after ${left.attempts} attempts`;
    if (others.length === 0)
      throw new InvariantViolation('a dead letter stays until all of its records are done', reported);
    if (!others.some((other) => isAnotherAttempt(left, other)))
      throw new InvariantViolation('attempts rise with each replay that fails', reported);
  }

  #eventIdsOf(contents: DeadLetterContents, consumer: ConsumerName): readonly string[] {
    switch (contents.kind) {
      case 'record':
        return [contents.deadLetter.eventId];
      case 'unparsed':
        return contents.deadLetter === undefined
          ? contents.at.flatMap((location) => this.#eventIdsAt(location))
          : [contents.deadLetter.eventId];
      case 'batches':
        return contents.batches.flatMap((batch) => this.#eventIdsIn(batch, consumer));
      default:
        return [];
    }
  }

  /** Of a batch that Lambda wrote to a bucket. */
  #eventIdsAt({ bucket, key }: PayloadLocation): readonly string[] {
    const object: unknown = JSON.parse(this.#world.services.buckets.object(bucket, key) ?? 'null');
    const event: unknown = JSON.parse(Payload.parse(object).payload);
    return Event.parse(event).Records.map(({ eventID }) => eventID);
  }

  /** Of pointers into the stream. */
  #eventIdsIn({ failure }: DiscardedBatch, consumer: ConsumerName): readonly string[] {
    const { shardId, startSequenceNumber, endSequenceNumber } = failure.DDBStreamBatchInfo;
    return this.#world.services.stream
      .history(shardId)
      .filter(
        (record) => sequenceOf(record) >= startSequenceNumber && sequenceOf(record) <= endSequenceNumber,
      )
      .filter((record) => this.#isSent(consumer, record))
      .map(({ eventID = '' }) => eventID);
  }
}

type DeadLetterContents = ReturnType<typeof readDeadLetter>['contents'];

const isAnotherAttempt = (left: Waiting, other: Waiting): boolean =>
  other.id !== left.id ||
  other.attempts > left.attempts ||
  (other.nextRecord !== undefined && other.nextRecord !== left.nextRecord) ||
  (other.isParked && !left.isParked && other.attempts === left.attempts);
