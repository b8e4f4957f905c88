import * as z from 'zod';
import type { Image } from '../models/attribute-value.ts';
import type { QueueChange } from '../models/queues.ts';
import { InvariantViolation, type Observer } from '../observer.ts';
import { SUBSCRIBER_QUEUE_URL, TABLE } from '../places.ts';
import type { World } from '../world.ts';
import { isMalformed, numberOf, textOf } from './images.ts';

const Event = z.looseObject({
  id: z.string(),
  type: z.string(),
  subject: z.string(),
  sequence: z.string(),
  replayed: z.literal(true).optional(),
});
type Event = z.infer<typeof Event>;

const ENDINGS = new Set(['order.removed', 'order.expired']);

/**
 * At each step: a backfill sends nothing that the topic has not published with the same contents, and what a run of it sends of an order
 * for the first time comes in sequence. A later run may know of an event that was a dead letter, and so not recorded, in an earlier one.
 * Once no fault has hit it and it ran once, each comes once.
 * At rest: the new queue has every event of each present order, by the topic or by the backfill.
 */
export class BackfillInvariant implements Observer {
  readonly #world: World;
  readonly #published = new Map<string, Set<string>>();
  readonly #events = new Map<string, Event>();
  readonly #received = new Set<string>();
  readonly #replayed = new Map<string, number>();
  #lastSequence = new Map<string, bigint>();
  #run = 0;

  constructor(world: World) {
    this.#world = world;
  }

  published(body: string): void {
    const event = Event.parse(JSON.parse(body));
    this.#published.set(event.id, (this.#published.get(event.id) ?? new Set()).add(contentsOf(event)));
    this.#events.set(event.id, event);
  }

  queued({ queueUrl, sent }: QueueChange): void {
    if (queueUrl !== SUBSCRIBER_QUEUE_URL || sent === undefined) return;
    const { replayed, ...event } = Event.parse(JSON.parse(sent.Body ?? ''));
    this.#received.add(event.id);
    if (replayed === undefined) return;
    if (this.#published.get(event.id)?.has(contentsOf(event)) !== true)
      throw new InvariantViolation('a backfill sends what was published', `${event.id} was sent`);
    this.#checkSequence(event);
    this.#replayed.set(event.id, (this.#replayed.get(event.id) ?? 0) + 1);
  }

  #checkSequence({ id, subject, sequence }: Event): void {
    if (this.#run !== this.#world.backfillRuns) this.#lastSequence = new Map();
    this.#run = this.#world.backfillRuns;
    if (this.#replayed.has(id)) return;
    const last = this.#lastSequence.get(subject) ?? 0n;
    if (BigInt(sequence) < last)
      throw new InvariantViolation('a backfill sends in sequence', `${id} was sent after ${last}`);
    this.#lastSequence.set(subject, BigInt(sequence));
  }

  atRest(): void {
    if (!this.#world.isSubscribed) return;
    for (const order of this.#world.services.database.items(TABLE).filter(isSoundOrder))
      for (const { id } of this.#eventsOf(textOf(order, 'orderId'), numberOf(order, 'version')))
        if (!this.#received.has(id))
          throw new InvariantViolation('a new queue has every event', `${id} was never sent to it`);
    const isUndisturbed =
      this.#world.backfillRuns === 1 &&
      !this.#world.faults.happened.some((fault) => fault.includes('@backfill.'));
    for (const [id, count] of this.#replayed)
      if (isUndisturbed && count > 1)
        throw new InvariantViolation('a backfill sends once', `${id} was sent ${count} times`);
  }

  /** The published events of an order of that id since the last one was removed. */
  #eventsOf(orderId: string, version: number): readonly Event[] {
    const all = [...this.#events.values()].filter(({ subject }) => subject === orderId);
    const ends = all.filter(({ type, sequence }) => ENDINGS.has(type) && Number(sequence) <= version);
    const endedAt = Math.max(0, ...ends.map(({ sequence }) => Number(sequence)));
    return all.filter(({ sequence }) => Number(sequence) > endedAt);
  }
}

/** By its key, as every order has one, whatever its other attributes are. */
const isSoundOrder = (image: Image): boolean =>
  textOf(image, 'pk').startsWith('USER#') && textOf(image, 'sk').startsWith('ORDER#') && !isMalformed(image);

const contentsOf = ({ replayed, ...event }: Event): string => JSON.stringify(event);
