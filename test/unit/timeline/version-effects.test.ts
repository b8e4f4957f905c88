import { describe, expect, it } from 'vitest';
import { CountedVersion } from '../../../contracts/entities/counted-order.ts';
import { type NotificationType, notificationId } from '../../../contracts/events/order-notification.ts';
import { Instant, Version } from '../../../contracts/ids.ts';
import { FailureItem, failureKey } from '../../../contracts/operations/operations-items.ts';
import { MailEntry } from '../../../contracts/order-mails/mail-entry.ts';
import type { OrderStatus } from '../../../contracts/order-status.ts';
import { type KnownEffects, timelineVersions } from '../../../pipelines/timeline/version-effects.ts';
import { countedOrderItem, orderItem } from '../../builders/values/items.ts';

const HOUR_MS = 3_600_000;
const order = orderItem();
const { orderId, version: first } = order;
const key = { pk: order.pk, sk: order.sk };
/** So many hours after the order was written. */
const hour = (hours: number): Instant =>
  Instant.parse(new Date(Date.parse(order.updatedAt) + hours * HOUR_MS).toISOString());

const nothing: KnownEffects = {
  ...{ orderId, key, countedOrder: undefined, reservation: undefined, document: { state: 'absent' } },
  current: undefined,
  settings: { maximumRecordAgeSeconds: 21_600 },
  publications: new Map(),
  failures: { 'order-events': [], 'search-index': [] },
  deadLetters: [],
  now: new Date(hour(0)),
};

describe('the mails of the versions of an order', () => {
  const version = (number: number, notification: NotificationType, status?: OrderStatus) =>
    CountedVersion.parse({ version: first + number, at: hour(0), notification, status });
  /** An order that was fixed as `confirmed`, so that this status has two events. */
  const versions = [
    version(0, 'order.placed', 'placed'),
    version(1, 'order.status-changed', 'confirmed'),
    version(2, 'order.status-changed', 'confirmed'),
    version(3, 'order.status-changed', 'cancelled'),
    version(4, 'order.removed'),
    version(5, 'order.expired'),
  ];
  const countedOrder = countedOrderItem({ orderVersion: first + 5, versions });
  const eventId = notificationId(orderId, Version.parse(first + 1), 'order.status-changed');
  const confirmation = MailEntry.parse({
    ...{ eventId, type: 'order.status-changed', orderId, status: 'confirmed', happenedAt: hour(0) },
    ...{ state: 'sent', sentAt: hour(0), sesMessageId: 'ses-1' },
  });
  const states = (mails: KnownEffects['mails']) =>
    timelineVersions({ ...nothing, countedOrder, mails }).map(({ mail }) => mail.state);

  it('wait only for events of which there are mails', () => {
    const waiting = ['none', 'pending', 'pending', 'pending', 'none', 'none'];
    expect(states(new Map())).toEqual(waiting);
    expect(states('unknown')).toEqual(waiting.map((state) => (state === 'none' ? 'none' : 'unknown')));
  });

  it('come for a status that an order is changed to again', () => {
    const again = [
      version(0, 'order.placed', 'placed'),
      version(1, 'order.status-changed', 'confirmed'),
      version(2, 'order.status-changed', 'cancelled'),
      version(3, 'order.status-changed', 'confirmed'),
    ];
    const mails = new Map([[eventId, confirmation]]);
    const judged = timelineVersions({
      ...nothing,
      countedOrder: countedOrderItem({ orderVersion: first + 3, versions: again }),
      mails,
    });
    expect(judged.map(({ mail }) => mail.state)).toEqual(['none', 'done', 'pending', 'pending']);
  });

  it('are none where another event of the same status has one', () => {
    expect(states(new Map([[eventId, confirmation]]))).toEqual([
      ...['none', 'done', 'none', 'pending', 'none', 'none'],
    ]);
  });
});

describe('an effect that is not there', () => {
  const ofAnother = { pk: 'USER#u-2', sk: 'ORDER#2' };
  const failure = (recordAt: Instant, lastAt: Instant, failed = key) =>
    FailureItem.parse({
      ...failureKey('order-events', 'event-1'),
      ...{ entityType: 'Failure', consumer: 'order-events', eventId: 'event-1', key: failed },
      reason: { code: 'topic-missing', message: 'The order topic does not exist', issues: [] },
      ...{ since: recordAt, lastAt, recordAt, attempt: 9, records: 1, ttl: 1 },
    });
  const stats = (hours: number, { maximumAgeHours = 6, failures = [failure(hour(0), hour(hours))] } = {}) =>
    timelineVersions({
      ...nothing,
      current: { version: first, at: order.updatedAt, status: 'placed', order },
      settings: { maximumRecordAgeSeconds: maximumAgeHours * 3_600 },
      failures: { ...nothing.failures, 'order-events': failures },
      now: new Date(hour(hours)),
    }).map((one) => one.stats);

  it.each([1, 6, 24])('is retried until its record is %i hours old, as the mapping is set', (hours) => {
    expect(stats(0, { maximumAgeHours: hours })).toMatchObject([{ state: 'retrying', until: hour(hours) }]);
    const failures: FailureItem[] = [];
    expect(stats(hours, { maximumAgeHours: hours, failures })).toEqual([{ state: 'pending' }]);
    expect(stats(hours + 1, { maximumAgeHours: hours, failures })).toEqual([{ state: 'unknown' }]);
  });

  it('is retried for as long as the consumer reports that it fails', () => {
    expect(stats(7)).toMatchObject([{ state: 'retrying' }]);
    expect(stats(7, { failures: [failure(hour(-1), hour(7), ofAnother)] })).toMatchObject([
      { state: 'retrying' },
    ]);
  });

  it.each([
    ['of the order', key],
    ['of another one', ofAnother],
  ])('waits for no later record %s', (_, failed) => {
    const failures = [failure(hour(5), hour(7), failed)];
    expect(stats(5, { failures })).toEqual([{ state: 'pending' }]);
    expect(stats(7, { failures })).toEqual([{ state: 'unknown' }]);
  });
});
