import { createHash } from 'node:crypto';
import {
  CauseId,
  DeadLetterId,
  type DeadLetterIssue,
  type DeadLetterState,
  SHORTENED,
} from '../../contracts/api/dead-letters.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import type { Instant } from '../../contracts/ids.ts';
import type { DeadLetterItem } from '../../contracts/operations/operations-items.ts';
import { ISSUES_MAX, parse } from '../../contracts/reading.ts';
import type { ConsumerName } from '../../contracts/stream.ts';

/** What the store keeps of a dead letter, as its record or its message says. Texts of any length are shortened. */
export interface DeadLetterEntry {
  readonly id: DeadLetterId;
  readonly consumer: ConsumerName;
  readonly kind: DeadLetterItem['kind'];
  readonly reason: {
    readonly code: string;
    readonly message: string;
    readonly issues: readonly DeadLetterIssue[];
  };
  /** The type of its item, or of the first of its records. */
  readonly entity: string;
  readonly key?: ItemKey | undefined;
  readonly eventId?: string | undefined;
  readonly eventName?: string | undefined;
  readonly records: number;
  /** How often its records failed, at least 1. */
  readonly attempts: number;
  readonly firstSeenAt: Instant;
  readonly failedAt: Instant;
  /** The batch that its record came from, where Lambda gave it up. */
  readonly batch?: DeadLetterId | undefined;
  /** When the message was sent that a pass has received, where SQS says so. The item does not keep it. */
  readonly sentAt?: Instant | undefined;
}

/** A state of a dead letter that is on a queue. */
export type OpenState = Extract<DeadLetterState, 'waiting' | 'parked'>;

const ID_LENGTH = 24;
const CAUSE_ID_LENGTH = 12;
const sha256 = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/**
 * The id of the dead letter of one record: the same for each delivery and each replay of that record, and another for each consumer.
 *
 * @param name The record's event id, or {@link recordDigest} of a record that has none.
 */
export const deadLetterIdOf = (consumer: ConsumerName | undefined, name: string): DeadLetterId =>
  idOf(['record', consumer, name]);

/** Stands for the event id of a record that has none. */
export const recordDigest = (record: unknown): string => sha256(record);

/** The id of a batch that Lambda gave up: of its object, or of the place of its first record where there are only pointers. */
export const batchIdOf = (consumer: ConsumerName | undefined, place: readonly string[]): DeadLetterId =>
  idOf(['batch', consumer, ...place]);

/** The id of a message that holds no dead letter that can be read. */
export const unreadableIdOf = (consumer: ConsumerName | undefined, body: string): DeadLetterId =>
  idOf(['body', consumer, body]);

const idOf = (parts: readonly unknown[]): DeadLetterId =>
  parse(DeadLetterId, sha256(parts).slice(0, ID_LENGTH));

/** Positions in a list: the same fault in another line of an order has the same cause. */
const POSITIONS = /\.\d+(?=\.|$)/g;

/** The order whose reservation or counted order is to blame. */
const OWN_ORDER = /^ORDER#\S+ /;

/** The path of an issue without the key of one order: the same fault in the reservation of another order has the same path. */
export const ofAnyOrder = (path: string): string => path.replace(OWN_ORDER, 'ORDER#* ');

/** The id of a cause: what dead letters share that one fix may help. */
export const causeIdOf = (
  code: string,
  entity: string,
  issue?: Pick<DeadLetterIssue, 'path' | 'message'>,
): CauseId =>
  parse(
    CauseId,
    sha256([
      ...[code, entity],
      ...[issue && ofAnyOrder(issue.path.replace(POSITIONS, '.*')), issue?.message],
    ]).slice(0, CAUSE_ID_LENGTH),
  );

/** The longest partition key of a table or an index, in bytes. See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html. */
const PARTITION_KEY_BYTES_MAX = 2_048;

/** The partition of the index `ofItem` for an item of the table. */
export function itemPartition({ pk, sk }: ItemKey): string {
  const name = `${pk} ${sk}`;
  return Buffer.byteLength(name) > PARTITION_KEY_BYTES_MAX ? sha256(name) : name;
}

const CODE_LENGTH_MAX = 200;
const MESSAGE_LENGTH_MAX = 1_000;
/** The longest text of a value, in characters. */
const VALUE_LENGTH_MAX = 100;

/** A text of at most so many UTF-16 units that DynamoDB can hold. */
export const clipped = (text: string, lengthMax: number): string =>
  (text.length > lengthMax
    ? `${text.slice(0, lengthMax - SHORTENED.length)}${SHORTENED}`
    : text
  ).toWellFormed();

/** A value as a short text for a person; `undefined` where there is none. */
export function valueText(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === undefined ? undefined : clipped(text, VALUE_LENGTH_MAX);
}

/** An entry whose texts fit into an item, however long those of the record are. */
export function boundedEntry(entry: DeadLetterEntry): DeadLetterEntry {
  const { reason, entity, eventId, eventName } = entry;
  return {
    ...entry,
    reason: {
      code: clipped(reason.code, CODE_LENGTH_MAX),
      message: clipped(reason.message, MESSAGE_LENGTH_MAX),
      issues: reason.issues.slice(0, ISSUES_MAX).map(({ path, message, value }) => ({
        path: clipped(path, CODE_LENGTH_MAX),
        message: clipped(message, MESSAGE_LENGTH_MAX),
        ...(value === undefined ? {} : { value: clipped(value, VALUE_LENGTH_MAX) }),
      })),
    },
    entity: clipped(entity, CODE_LENGTH_MAX),
    eventId: eventId && clipped(eventId, CODE_LENGTH_MAX),
    eventName: eventName && clipped(eventName, CODE_LENGTH_MAX),
  };
}
