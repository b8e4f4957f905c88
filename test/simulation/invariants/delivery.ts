import type { _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import type { ConsumerName } from '../../../contracts/stream.ts';
import type { Checkpoint } from '../../../infra/local/event-source-mapping/checkpoints.ts';
import { shadowAlias, writeAlias } from '../../../pipelines/search/index-names.ts';
import type { StreamChange } from '../../../pipelines/stream/stream-change.ts';
import { InvariantViolation, type Observer } from '../observer.ts';
import { TABLE } from '../places.ts';
import { sequenceOf, type World } from '../world.ts';
import type { DeadLetterInvariant } from './dead-letters.ts';
import {
  changesDocument,
  concernsStock,
  isOf,
  numberOf,
  placeOf,
  type Recorded,
  recorded,
  textOf,
} from './images.ts';
import type { NotificationInvariant } from './notifications.ts';

const DOCUMENTS: Readonly<Record<string, { readonly index: string; readonly id: string }>> = {
  Order: { index: 'orders', id: 'orderId' },
  Product: { index: 'products', id: 'sku' },
  User: { index: 'users', id: 'userId' },
};

/**
 * Whenever a mapping stores a checkpoint: every record before it has taken effect in every sink, or is a dead letter. And
 * whenever order-events begins with a change of an item: all earlier ones are done with.
 */
export class DeliveryInvariant implements Observer {
  readonly #world: World;
  readonly #isSent: (consumer: ConsumerName, record: SdkRecord) => boolean;
  readonly #deadLetterMessages: DeadLetterInvariant;
  readonly #notifications: NotificationInvariant;
  readonly #passed = new Map<string, number>();
  readonly #handled = new Set<string>();
  readonly #ofItem = new Map<string, Recorded[]>();

  constructor(
    world: World,
    isSent: (consumer: ConsumerName, record: SdkRecord) => boolean,
    others: {
      readonly deadLetterMessages: DeadLetterInvariant;
      readonly notifications: NotificationInvariant;
    },
  ) {
    this.#world = world;
    this.#isSent = isSent;
    this.#deadLetterMessages = others.deadLetterMessages;
    this.#notifications = others.notifications;
  }

  appended(record: SdkRecord): void {
    const one = recorded(record);
    const place = placeOf(one.after ?? one.before);
    this.#ofItem.set(place, [...(this.#ofItem.get(place) ?? []), one]);
  }

  handling(consumer: ConsumerName, change: StreamChange): void {
    // search-index may skip to the newest.
    if (consumer !== 'order-events') return;
    for (const earlier of this.#ofItem.get(`${change.key.pk} ${change.key.sk}`) ?? []) {
      if (earlier.eventId === change.eventId) return;
      const isDone =
        this.#handled.has(earlier.eventId) ||
        earlier.isPoison ||
        this.#deadLetterMessages.isKept(consumer, earlier.eventId);
      if (!isDone)
        throw new InvariantViolation(
          'records of an item in order',
          `${change.eventId} was begun before ${earlier.eventId} was done`,
        );
    }
  }

  handled(consumer: ConsumerName, change: StreamChange): void {
    if (consumer === 'order-events') this.#handled.add(change.eventId);
  }

  checkpointed(consumer: ConsumerName, shardId: string, checkpoint: Checkpoint): void {
    const records = this.#world.services.stream.history(shardId);
    const place = `${consumer} ${shardId}`;
    let at = this.#passed.get(place) ?? 0;
    for (; at < records.length; at += 1) {
      const record = records[at];
      if (record === undefined) break;
      if (checkpoint.position === 'after' && sequenceOf(record) > checkpoint.sequenceNumber) break;
      this.#checkPassed(consumer, record);
    }
    this.#passed.set(place, at);
  }

  #checkPassed(consumer: ConsumerName, record: SdkRecord): void {
    if (!this.#isSent(consumer, record)) return;
    const one = recorded(record);
    if (
      this.#deadLetterMessages.isGivenUp(consumer, one.eventId) ||
      this.#deadLetterMessages.isDeadLettered(consumer, one.eventId)
    )
      return;
    const missing = one.isPoison
      ? 'dead letter'
      : consumer === 'order-events'
        ? this.#missingEffect(one)
        : this.#missingDocument(one);
    if (missing !== undefined)
      throw new InvariantViolation(
        'nothing is passed over',
        `${consumer} passed ${one.kind} ${one.eventId} of ${placeOf(one.after ?? one.before)} without its ${missing}`,
      );
  }

  #missingEffect(one: Recorded): string | undefined {
    const image = one.after ?? one.before;
    if (!isOf(image, 'Order')) return undefined;
    if (!this.#notifications.isNotified(one)) return 'notification';
    const orderId = textOf(image, 'orderId');
    if (this.#orderVersionAt(orderId, 'TALLY') < one.version) return 'counted version';
    if (concernsStock(one) && this.#orderVersionAt(orderId, 'RESERVATION') < one.version)
      return 'reservation';
    return undefined;
  }

  #missingDocument(one: Recorded): string | undefined {
    const image = one.after ?? one.before;
    const document = DOCUMENTS[textOf(image, 'entityType')];
    if (document === undefined || !changesDocument(one)) return undefined;
    const { search } = this.#world.services;
    const aliases = [
      writeAlias(document.index),
      ...(this.#world.config.hasShadow ? [shadowAlias(document.index)] : []),
    ];
    const id = textOf(image, document.id);
    if (aliases.every((alias) => search.highestVersion(alias, id) >= one.version)) return undefined;
    // The index holds state and not history: a newer change of the document includes the older ones, and is checked later.
    const isSuperseded = (this.#ofItem.get(placeOf(image)) ?? []).some(
      (other) => other.version > one.version && changesDocument(other),
    );
    return isSuperseded ? undefined : 'document';
  }

  #orderVersionAt(orderId: string, sk: string): number {
    const item = this.#world.services.database.item(TABLE, { pk: { S: `ORDER#${orderId}` }, sk: { S: sk } });
    return numberOf(item, 'orderVersion');
  }
}
