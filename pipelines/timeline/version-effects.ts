import type {
  Effect,
  TimelineDocument,
  TimelineEvent,
  TimelineVersion,
} from '../../contracts/api/timeline.ts';
import type { CountedOrderItem } from '../../contracts/entities/counted-order.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import type { OrderItem } from '../../contracts/entities/order.ts';
import type { ReservationItem } from '../../contracts/entities/reservation.ts';
import { type NotificationType, notificationId } from '../../contracts/events/order-notification.ts';
import { PUBLISHERS, PublisherName } from '../../contracts/events/publishers.ts';
import type { Instant, OrderId, Version } from '../../contracts/ids.ts';
import type {
  DeadLetterItem,
  FailureItem,
  PublicationItem,
} from '../../contracts/operations/operations-items.ts';
import { MAILED_TYPES, type MailEntry } from '../../contracts/order-mails/mail-entry.ts';
import { type OrderStatus, RELEASABLE_STATUSES } from '../../contracts/order-status.ts';
import { type SettingsOf, wholeNumber } from '../../contracts/settings.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { instantOf } from '../clock.ts';
import { typeOfStatus } from '../order-events/notification/order-lifecycle.ts';
import { eventsOf, type PublisherSettings } from '../order-events/notification/publishers.ts';
import { changeOfOrder, currentChange } from '../stream/current-state.ts';
import type { ChangeOf } from '../stream/stream-change.ts';

/** One version of an order, as the table or the counted versions have it. */
export interface KnownVersion {
  readonly version: Version;
  readonly at: Instant;
  /** Absent where the version removed the order, or a malformed item has none that can be read. */
  readonly status?: OrderStatus | undefined;
}

/** What a timeline is set to. */
export const timelineSettings = {
  /** For how long Lambda retries a record: `MaximumRecordAgeInSeconds` of the mappings. */
  maximumRecordAgeSeconds: () => wholeNumber(60, 86_400),
};
export type TimelineSettings = SettingsOf<typeof timelineSettings>;

/** What is known of an order's effects. */
export interface KnownEffects {
  readonly orderId: OrderId;
  readonly key: ItemKey;
  /** What the table has now, and the order itself where it is sound. */
  readonly current: (KnownVersion & { readonly order?: OrderItem }) | undefined;
  readonly settings: PublisherSettings & TimelineSettings;
  readonly countedOrder: CountedOrderItem | undefined;
  readonly reservation: ReservationItem | undefined;
  readonly document: TimelineDocument;
  readonly publications: ReadonlyMap<string, PublicationItem>;
  /** By the ids of their events; absent where mails are off, unknown where the mailbox cannot be read. */
  readonly mails?: ReadonlyMap<string, MailEntry> | 'unknown' | undefined;
  /** What the consumers fail at now, the longest first. */
  readonly failures: Readonly<Record<ConsumerName, readonly FailureItem[]>>;
  /** Of this order, the latest first. */
  readonly deadLetters: readonly DeadLetterItem[];
  readonly now: Date;
}

/** A version's time is from before its write, whose request may last as long as a function of the API: its record is younger. */
const WRITE_MS_MAX = 60 * MS_PER_SECOND;

/** A mail is tried so long, before its message is a dead letter that the mailbox does not know: 5 times the time-out of `OrderMailsQueue`. */
const MAIL_RETRIES_MS_MAX = 5 * 360 * MS_PER_SECOND;

interface VersionToJudge extends KnownVersion {
  readonly isRemoval: boolean;
  /** The types of its events. */
  readonly types: ReadonlySet<string>;
  /** The version before it, where that is known. */
  readonly previous: KnownVersion | undefined;
}

/** The versions of an order by their effects, the oldest first. What the topic has not accepted is never `done`. */
export function timelineVersions(known: KnownEffects): TimelineVersion[] {
  return versionsOf(known).map((one): TimelineVersion => {
    const { version, at, status } = one;
    const events = eventsOfVersion(known, one);
    return {
      ...{ version, at },
      ...(status && { status }),
      events,
      stock: stockEffect(known, one),
      stats: statsEffect(known, one),
      search: searchEffect(known, one),
      mail: mailEffect(
        known,
        one,
        events.find(({ type }) => MAILED_TYPES.has(type)),
      ),
    };
  });
}

const NONE: Effect = { state: 'none' };
const UNKNOWN: Effect = { state: 'unknown' };
const done = (at?: Instant, detail?: string): Effect => ({
  state: 'done',
  ...(at !== undefined && { at }),
  ...(detail !== undefined && { detail }),
});

/** The counted versions, and the current one where it is newer. */
function versionsOf({ countedOrder, current, settings }: KnownEffects): VersionToJudge[] {
  const counted = (countedOrder?.versions ?? []).map(
    (one, index, all): VersionToJudge => ({
      ...one,
      isRemoval: one.status === undefined,
      types: new Set([one.notification ?? [], one.facts ?? []].flat()),
      previous: all[index - 1],
    }),
  );
  if (current === undefined || current.version <= (countedOrder?.orderVersion ?? 0)) return counted;
  const previous = counted.at(-1);
  const types = new Set(
    current.order === undefined
      ? typesOfMalformed(current, previous)
      : eventsOf(changeTo(current.order, previous), settings).map(({ type }) => type),
  );
  return [...counted, { ...current, isRemoval: false, types, previous }];
}

/** The change that led to the current state of an order from the version before it. */
const changeTo = (order: OrderItem, previous: KnownVersion | undefined): ChangeOf<'Order'> =>
  previous?.status === undefined
    ? currentChange(order, 'INSERT')
    : changeOfOrder({ ...order, status: previous.status }, order);

/** What a malformed order would have, whose record is a dead letter. */
function typesOfMalformed(
  { status }: KnownVersion,
  previous: KnownVersion | undefined,
): readonly NotificationType[] {
  if (status === undefined || status === previous?.status) return [];
  return [previous === undefined ? 'order.placed' : typeOfStatus(status)];
}

/** The events of a version, in the order of the registry. A type of a later release is left out. */
const eventsOfVersion = (known: KnownEffects, version: VersionToJudge): TimelineEvent[] =>
  PublisherName.options.flatMap((publisher) =>
    PUBLISHERS[publisher].types
      .filter((type) => version.types.has(type))
      .map((type) => {
        const id = notificationId(known.orderId, version.version, type);
        const published = known.publications.get(id);
        return {
          ...{ publisher, id, type },
          ...(published && { messageId: published.messageId }),
          publication:
            published === undefined ? notDone(known, version, 'order-events') : done(published.publishedAt),
        };
      }),
  );

function stockEffect(known: KnownEffects, version: VersionToJudge): Effect {
  if (!concernsStock(version)) return NONE;
  const { reservation } = known;
  if (reservation === undefined || reservation.orderVersion < version.version)
    return notDone(known, version, 'order-events');
  // A newer version that came first decides what an older one leaves.
  const isOwn = reservation.orderVersion === version.version;
  return isOwn ? done(reservation.updatedAt, reservation.state) : done();
}

/** Whether a version reserves stock or releases it. */
function concernsStock({ status, isRemoval, previous }: VersionToJudge): boolean {
  if (isRemoval) return previous?.status !== undefined && RELEASABLE_STATUSES.has(previous.status);
  return status === 'placed' || status === 'cancelled' || (status === 'confirmed' && previous === undefined);
}

function statsEffect(known: KnownEffects, version: VersionToJudge): Effect {
  const { countedOrder } = known;
  if (countedOrder === undefined || countedOrder.orderVersion < version.version)
    return notDone(known, version, 'order-events');
  return countedOrder.orderVersion === version.version ? done(countedOrder.updatedAt) : done();
}

function searchEffect(known: KnownEffects, version: VersionToJudge): Effect {
  const { document, current } = known;
  if (document.state === 'unknown') return failing(known, version, 'search-index') ?? UNKNOWN;
  if (document.state === 'absent')
    return version.isRemoval || current === undefined ? done() : notDone(known, version, 'search-index');
  const isIndexed = !version.isRemoval && document.version >= version.version;
  return isIndexed ? done() : notDone(known, version, 'search-index');
}

/**
 * A mail follows the event of its status, so that it waits as long as the event does. An event without a previous status is not mailed
 * where another one of its status was: see `OrderMails`.
 */
function mailEffect(
  { mails, now }: KnownEffects,
  { status, previous }: VersionToJudge,
  event: TimelineEvent | undefined,
): Effect {
  if (mails === undefined || event === undefined) return NONE;
  if (mails === 'unknown') return UNKNOWN;
  const mail = mails.get(event.id);
  const isRepeated = previous?.status === undefined || previous.status === status;
  if (mail === undefined && isRepeated && [...mails.values()].some((other) => other.status === status))
    return NONE;
  if (mail?.state === 'sent') return done(mail.sentAt);
  if (mail?.state === 'suppressed') return { state: 'suppressed', reason: mail.reason };
  if (mail?.state === 'no-recipient') return { state: 'suppressed', reason: 'no-recipient' };
  const { publication } = event;
  if (publication.state !== 'done') return publication;
  const { at } = publication;
  const isTried = at !== undefined && now.getTime() <= Date.parse(at) + MAIL_RETRIES_MS_MAX;
  return isTried ? { state: 'pending' } : UNKNOWN;
}

/** Why an effect is not there: a dead letter, a failure that lasts, or it is on its way. */
function notDone(known: KnownEffects, version: VersionToJudge, consumer: ConsumerName): Effect {
  const deadLetter = known.deadLetters.find(
    (one) =>
      one.consumer === consumer &&
      (one.state === 'waiting' || one.state === 'parked') &&
      // To the second: a stream's times have no milliseconds.
      Date.parse(one.failedAt) >= Date.parse(version.at) - MS_PER_SECOND,
  );
  if (deadLetter !== undefined) return { state: 'dead-lettered', id: deadLetter.id };
  // Later its record was handled, is a dead letter that is no longer kept, or waits for a consumer that is paused.
  const isTried = known.now.getTime() <= Date.parse(recordEnd(known, version.at));
  return failing(known, version, consumer) ?? (isTried ? { state: 'pending' } : UNKNOWN);
}

/** The failure of the record of this order; or that of the consumer, for which its record may wait. */
function failing(known: KnownEffects, { at }: VersionToJudge, consumer: ConsumerName): Effect | undefined {
  const { pk, sk } = known.key;
  const failures = known.failures[consumer];
  const own = failures.find(({ key }) => key?.pk === pk && key.sk === sk);
  // The records from before one that fails were handled.
  const failure = (own === undefined ? failures : [own]).find(
    ({ since, recordAt = since, lastAt }) =>
      Date.parse(lastAt) >= Date.parse(at) && Date.parse(recordAt) <= Date.parse(at) + WRITE_MS_MAX,
  );
  if (failure === undefined) return undefined;
  const { since, attempt, reason } = failure;
  return {
    ...{ state: 'retrying', since, attempt, code: reason.code, message: reason.message },
    until: recordEnd(known, own?.recordAt ?? at),
  };
}

/** Until when Lambda retries the record of a time. */
const recordEnd = ({ settings: { maximumRecordAgeSeconds } }: KnownEffects, at: Instant): Instant =>
  instantOf(new Date(Date.parse(at) + maximumRecordAgeSeconds * MS_PER_SECOND));
