import type { _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import * as z from 'zod';
import type { Config } from '../config.ts';
import type { Change } from '../models/table.ts';
import { InvariantViolation, type Observer } from '../observer.ts';
import { eventsOf, isOf, type Recorded, recorded, textOf } from './images.ts';

const Message = z.looseObject({
  id: z.string(),
  type: z.string(),
  subject: z.string(),
  sequence: z.string(),
  data: z.looseObject({ previousStatus: z.string().optional() }),
});

/**
 * At each step: an event has one id however often it is published, an id one event, and its message is the same each time; none is
 * recorded as published that the topic has not accepted.
 * At rest: every event that the stream asks for, of each publisher, was published and recorded, and none that it does not.
 */
export class NotificationInvariant implements Observer {
  readonly #ids = new Map<string, string>();
  readonly #messages = new Map<string, string>();
  readonly #expected = new Set<string>();
  readonly #published = new Set<string>();
  readonly #recorded = new Set<string>();

  readonly #highValueThreshold: number;

  constructor({ highValueThreshold }: Pick<Config, 'highValueThreshold'>) {
    this.#highValueThreshold = highValueThreshold;
  }

  appended(record: SdkRecord): void {
    for (const event of this.#expectedEvents(recorded(record))) this.#expected.add(event);
  }

  recorded(changes: readonly Change[]): void {
    for (const { after } of changes) {
      if (!isOf(after, 'Publication')) continue;
      const id = textOf(after, 'sk').replace('EVENT#', '');
      if (!this.#messages.has(id))
        throw new InvariantViolation('no publication before the topic has it', `${id} was recorded`);
      this.#recorded.add(id);
    }
  }

  /** Whether the topic has accepted each event that a record asks for, and that is recorded. */
  isNotified(record: Recorded): boolean {
    return this.#expectedEvents(record).every(
      (event) => this.#published.has(event) && this.#isRecorded(event),
    );
  }

  #isRecorded(event: string): boolean {
    return this.#recorded.has(this.#ids.get(event) ?? '');
  }

  published(body: string): void {
    const message = Message.parse(JSON.parse(body));
    const event = eventName(message.subject, message.sequence, message.type);
    const id = this.#ids.get(event) ?? message.id;
    if (id !== message.id)
      throw new InvariantViolation(
        'one event, one id',
        `${event} was published as ${id} and as ${message.id}`,
      );
    this.#ids.set(event, id);
    // A replay of an item's current state does not know what it was before.
    const { previousStatus, ...data } = message.data;
    const reported = JSON.stringify({ ...message, data });
    if ((this.#messages.get(id) ?? reported) !== reported)
      throw new InvariantViolation('one id, one event', `${id} was published with two contents`);
    this.#messages.set(id, reported);
    this.#published.add(event);
  }

  atRest(): void {
    for (const event of this.#expected)
      if (!this.#published.has(event))
        throw new InvariantViolation('every event is notified', `${event} was never published`);
      else if (!this.#isRecorded(event))
        throw new InvariantViolation('every publication is recorded', `${event} was published`);
    for (const event of this.#published)
      if (!this.#expected.has(event))
        throw new InvariantViolation('no event without a change', `${event} was published`);
  }

  #expectedEvents(record: Recorded): readonly string[] {
    const image = record.after ?? record.before;
    if (record.isPoison || !isOf(image, 'Order')) return [];
    return eventsOf(record, this.#highValueThreshold).map((type) =>
      eventName(textOf(image, 'orderId'), String(record.version), type),
    );
  }
}

const eventName = (orderId: string, version: string, type: string): string =>
  `${type} of ${orderId} at ${version}`;
