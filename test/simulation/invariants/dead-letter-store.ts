import { readDeadLetter } from '../../../pipelines/dead-letters/parse/dead-letter.ts';
import { queuedMessage } from '../../../pipelines/dead-letters/parse/queued-message.ts';
import { isForged } from '../forgeries.ts';
import type { QueueChange } from '../models/queues.ts';
import type { Change } from '../models/table.ts';
import { InvariantViolation, type Observer } from '../observer.ts';
import { CONSUMERS, OWN_PLACES, PARKED_QUEUE_URL, PLACES } from '../places.ts';
import { textOf } from './images.ts';

const OPEN = new Set(['waiting', 'parked']);
/** In which partitions of the index those of a state are: in none while it is `unqueued`. */
const INDEXED = new Map([
  ['waiting', 'OPEN'],
  ['parked', 'OPEN'],
  ['replayed', 'ENDED'],
  ['purged', 'ENDED'],
]);
const consumers = new Map(CONSUMERS.map((consumer) => [PLACES[consumer].deadLetterQueueUrl, consumer]));

/**
 * The store of dead letters and the queues, at each moment: an open item has a message on a queue, and a message has an item. Only
 * batches that Lambda gave up may be on a queue before their intake. At rest, after a pass, the two are equal.
 */
export class DeadLetterStoreInvariant implements Observer {
  /** The dead letter of each message. */
  readonly #messages = new Map<string, string>();
  readonly #states = new Map<string, string>();

  recorded(changes: readonly Change[]): void {
    for (const { after } of changes) {
      if (after === undefined || textOf(after, 'entityType') !== 'DeadLetter') continue;
      const id = textOf(after, 'id');
      const state = textOf(after, 'state');
      this.#states.set(id, state);
      const [partition = ''] = (after['openPk']?.S ?? '').split('#');
      if (partition !== (INDEXED.get(state) ?? ''))
        throw new InvariantViolation(
          'the index has the open and the ended dead letters apart',
          `${id} is ${state}, and in ${partition || 'no partition'}`,
        );
      this.#checkOpen(id);
    }
  }

  queued({ queueUrl, messageId, sent }: QueueChange): void {
    const consumer = consumers.get(queueUrl);
    if (consumer === undefined && queueUrl !== PARKED_QUEUE_URL) return;
    if (sent === undefined) {
      const id = this.#messages.get(messageId) ?? '';
      this.#messages.delete(messageId);
      this.#checkOpen(id);
      return;
    }
    const { id, contents } = readDeadLetter(
      queuedMessage({ MessageId: messageId, ...sent }),
      consumer,
      OWN_PLACES,
    );
    this.#messages.set(messageId, id);
    // What the replay sends again has attributes.
    const isFirst = Object.keys(sent.MessageAttributes ?? {}).length === 0;
    const isForeign = contents.kind !== 'record' || isForged(contents.deadLetter.eventId);
    if (!this.#states.has(id) && !(isFirst && isForeign))
      throw new InvariantViolation('what is on a queue is in the store', `${id} is unknown`);
  }

  atRest(): void {
    const queued = new Set(this.#messages.values());
    for (const id of queued)
      if (!OPEN.has(this.#states.get(id) ?? ''))
        throw new InvariantViolation(
          'at rest the store and the queues are equal',
          `${id} is on a queue, and ${this.#states.get(id)} in the store`,
        );
    for (const id of this.#states.keys()) this.#checkOpen(id);
  }

  #checkOpen(id: string): void {
    const state = this.#states.get(id) ?? '';
    if (OPEN.has(state) && ![...this.#messages.values()].includes(id))
      throw new InvariantViolation('what is open in the store is on a queue', `${id} is ${state}`);
  }
}
