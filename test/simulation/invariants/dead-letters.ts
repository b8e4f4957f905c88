import { isDeepStrictEqual } from 'node:util';
import type { _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import * as z from 'zod';
import { PayloadLocation } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { toLambdaRecord } from '../../../pipelines/stream/lambda-record.ts';
import { isForged } from '../forgeries.ts';
import { STREAM_ARN } from '../models/stream.ts';
import { InvariantViolation, type Observer } from '../observer.ts';
import { CONSUMERS, PARKED_QUEUE_URL, PLACES } from '../places.ts';
import type { World } from '../world.ts';
import { recorded } from './images.ts';

const DeadLetter = z.object({
  schema: z.string(),
  reason: z.object({ code: z.string() }),
  eventId: z.string(),
  record: z.unknown().optional(),
  recordAt: PayloadLocation.optional(),
});

/** What is on, or was on, the dead-letter queues, held against the stream. */
export class DeadLetterInvariant implements Observer {
  readonly #world: World;
  readonly #isSent: (consumer: ConsumerName, record: SdkRecord) => boolean;
  readonly #records = new Map<string, SdkRecord>();
  readonly #deadLetters: Readonly<Record<ConsumerName, Set<string>>> = {
    'order-events': new Set(),
    'search-index': new Set(),
  };
  readonly #givenUp: Readonly<Record<ConsumerName, Set<string>>> = {
    'order-events': new Set(),
    'search-index': new Set(),
  };
  readonly #looked: Record<ConsumerName, number> = { 'order-events': 0, 'search-index': 0 };

  /** @param isSent whether a consumer's mapping sends it a record. */
  constructor(world: World, isSent: (consumer: ConsumerName, record: SdkRecord) => boolean) {
    this.#world = world;
    this.#isSent = isSent;
  }

  appended(record: SdkRecord): void {
    this.#records.set(record.eventID ?? '', record);
  }

  givenUp(consumer: ConsumerName, records: readonly unknown[]): void {
    for (const record of records) {
      const { eventID } = z.object({ eventID: z.string() }).parse(record);
      this.#givenUp[consumer].add(eventID);
    }
  }

  /** Whether a record was put, exactly as it was, where a consumer's dead letters go. */
  isKept(consumer: ConsumerName, eventId: string): boolean {
    this.#look(consumer);
    return this.#deadLetters[consumer].has(eventId) || this.#givenUp[consumer].has(eventId);
  }

  /** Whether the mapping gave it up, so that no function has handled it yet. */
  isGivenUp(consumer: ConsumerName, eventId: string): boolean {
    return this.#givenUp[consumer].has(eventId);
  }

  isDeadLettered(consumer: ConsumerName, eventId: string): boolean {
    this.#look(consumer);
    return this.#deadLetters[consumer].has(eventId);
  }

  atRest(): void {
    for (const consumer of CONSUMERS) {
      for (const record of this.#records.values()) {
        const { eventId, isPoison } = recorded(record);
        if (isPoison && this.#isSent(consumer, record) && !this.isKept(consumer, eventId))
          throw new InvariantViolation(
            'every poison item is a dead letter',
            `${consumer} has no dead letter of ${eventId}`,
          );
      }
      this.#checkLeft(consumer, PLACES[consumer].deadLetterQueueUrl);
    }
    const parked = this.#world.services.queues.bodies(PARKED_QUEUE_URL);
    if (parked.some((body) => this.#poisonOf(body) === undefined))
      throw new InvariantViolation('only poison stays a dead letter', 'A sound dead letter is still parked');
  }

  #checkLeft(consumer: ConsumerName, queueUrl: string): void {
    for (const body of this.#world.services.queues.bodies(queueUrl)) {
      const eventId = this.#poisonOf(body);
      if (eventId === undefined)
        throw new InvariantViolation(
          'only poison stays a dead letter',
          `${consumer} has ${body.slice(0, 200)}`,
        );
    }
  }

  #poisonOf(body: string): string | undefined {
    const deadLetter = DeadLetter.safeParse(JSON.parse(body)).data;
    const record = deadLetter && this.#records.get(deadLetter.eventId);
    if (deadLetter !== undefined && isForged(deadLetter.eventId)) return deadLetter.eventId;
    return record !== undefined && recorded(record).isPoison ? deadLetter?.eventId : undefined;
  }

  /** Looks at what the queue has accepted since the last look. */
  #look(consumer: ConsumerName): void {
    const accepted = this.#world.services.queues.accepted(PLACES[consumer].deadLetterQueueUrl);
    for (; this.#looked[consumer] < accepted.length; this.#looked[consumer] += 1) {
      const deadLetter = DeadLetter.safeParse(JSON.parse(accepted[this.#looked[consumer]] ?? '')).data;
      const original = deadLetter && this.#records.get(deadLetter.eventId);
      if (deadLetter === undefined || original === undefined) continue;
      const at = deadLetter.recordAt;
      const kept: unknown = at
        ? JSON.parse(this.#world.services.buckets.object(at.bucket, at.key) ?? 'null')
        : deadLetter.record;
      const delivered: unknown = JSON.parse(JSON.stringify(toLambdaRecord(original, STREAM_ARN)));
      if (!isDeepStrictEqual(kept, delivered))
        throw new InvariantViolation(
          'a dead letter holds its record as it was',
          `${deadLetter.eventId} was changed`,
        );
      this.#deadLetters[consumer].add(deadLetter.eventId);
    }
  }
}
