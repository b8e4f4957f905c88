import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { Instant } from '../../../contracts/ids.ts';
import { KEPT_ATTEMPTS_MAX } from '../../../contracts/operations/operations-items.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { instantOf } from '../../../pipelines/clock.ts';
import {
  causeIdOf,
  type DeadLetterEntry,
  deadLetterIdOf,
  itemPartition,
} from '../../../pipelines/operations/dead-letter-entry.ts';
import {
  DeadLetterStore,
  type IndexPosition,
  SETTLED_MS,
} from '../../../pipelines/operations/dead-letter-store.ts';
import { recordEntry } from '../../../pipelines/stream/record-facts.ts';
import { deadLetterOf } from '../../builders/dead-letters/dead-letters.ts';
import { OPERATIONS_TABLE, operationsTable } from '../../builders/model-table.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

const STARTED_AT = Date.parse('2026-03-01T12:00:00.000Z');
const DAY_SECONDS = 86_400;
const FAILED = { by: 'order-events', outcome: 'failed', code: 'contract-violation' } as const;
const key = { pk: 'USER#ada', sk: 'ORDER#1' };
const later = Instant.parse('2026-03-02T12:00:00.000Z');

/** A store in memory, whose clock a test sets. */
function newStore() {
  const time = { nowMs: STARTED_AT };
  const clock = { now: () => new Date(time.nowMs) };
  const { dynamoDb, database } = operationsTable();
  const store = new DeadLetterStore({ dynamoDb, operationsTableName: OPERATIONS_TABLE, clock });
  return { store, time, database };
}

const entryOf = (eventId: string, changes: Partial<DeadLetterEntry> = {}): DeadLetterEntry => ({
  id: deadLetterIdOf('order-events', eventId),
  consumer: 'order-events',
  kind: 'record',
  reason: {
    code: 'contract-violation',
    message: 'broken',
    issues: [{ path: 'NewImage.total', message: 'expected number', value: '2500' }],
  },
  entity: 'Order',
  key,
  eventId,
  records: 1,
  attempts: 1,
  firstSeenAt: Instant.parse('2026-03-01T12:00:00.000Z'),
  failedAt: Instant.parse('2026-03-01T12:00:00.000Z'),
  ...changes,
});
const openIds = async (store: DeadLetterStore) =>
  (await store.openPage({ consumers: ['order-events', 'search-index'], limit: 100 })).items.map(
    ({ id }) => id,
  );
const sent = async (store: DeadLetterStore, entry: DeadLetterEntry) =>
  store.queued(await store.begin(entry, FAILED), 'waiting');

describe('a dead letter', () => {
  it('is open only once the queue has accepted its message', async () => {
    const { store } = newStore();
    const entry = entryOf('e-1');
    const begun = await store.begin(entry, FAILED);
    expect([(await store.get(entry.id))?.state, await openIds(store)]).toEqual(['unqueued', []]);
    await store.queued(begun, 'waiting');
    expect([(await store.get(entry.id))?.state, await openIds(store)]).toEqual(['waiting', [entry.id]]);
  });

  it('whose message was not sent is begun again as the same attempt', async () => {
    const { store } = newStore();
    const entry = entryOf('e-1');
    await store.begin(entry, FAILED);
    await sent(store, entry);
    expect(await store.get(entry.id)).toMatchObject({ state: 'waiting', history: [{ outcome: 'failed' }] });
  });

  it('stays open, and keeps when it was first seen, while a replay that failed sends it again', async () => {
    const { store, time } = newStore();
    await sent(store, entryOf('e-1'));
    time.nowMs += 60_000;
    const again = entryOf('e-1', {
      attempts: 2,
      firstSeenAt: Instant.parse('2026-03-01T13:00:00.000Z'),
      failedAt: Instant.parse('2026-03-01T12:01:00.000Z'),
    });
    await store.begin(again, { ...FAILED, by: 'ada' });
    expect(await openIds(store)).toEqual([again.id]);
    expect(await store.get(again.id)).toMatchObject({
      attempts: 2,
      firstSeenAt: '2026-03-01T12:00:00.000Z',
      failedAt: '2026-03-01T12:01:00.000Z',
      history: [{ by: 'order-events' }, { by: 'ada', at: '2026-03-01T12:01:00.000Z' }],
    });
  });

  it.each([
    ['replayed', 'replayed'],
    ['fixed', 'replayed'],
    ['item-deleted', 'replayed'],
    ['purged', 'purged'],
  ] as const)('that is %s is no longer open, once', async (outcome, state) => {
    const { store } = newStore();
    const { id } = entryOf('e-1');
    await sent(store, entryOf('e-1'));
    await store.end(id, outcome, 'ada');
    await store.end(id, outcome, 'ada');
    expect(await openIds(store)).toEqual([]);
    expect(await store.get(id)).toMatchObject({ state, history: [FAILED, { by: 'ada', outcome }] });
  });

  it('whose message is sent again without an attempt is listed for as long as that message is kept', async () => {
    const { store, time } = newStore();
    const { id } = entryOf('e-1');
    await sent(store, entryOf('e-1'));
    time.nowMs += 10 * DAY_SECONDS * MS_PER_SECOND;
    await store.renew(id);
    time.nowMs += 13 * DAY_SECONDS * MS_PER_SECOND;
    expect(await openIds(store)).toEqual([id]);
    expect(await store.get(id)).toMatchObject({ state: 'waiting', attempts: 1, history: [FAILED] });
    time.nowMs += DAY_SECONDS * MS_PER_SECOND;
    expect(await openIds(store)).toEqual([]);
  });

  it('that has ended is not renewed', async () => {
    const { store, time } = newStore();
    const { id } = entryOf('e-1');
    await sent(store, entryOf('e-1'));
    await store.end(id, 'replayed', 'ada');
    const before = await store.get(id);
    time.nowMs += DAY_SECONDS * MS_PER_SECOND;
    expect(await store.renew(id)).toBe(false);
    expect(await store.get(id)).toEqual(before);
  });

  it('that another sender is about to put on a queue is not renewed', async () => {
    const { store, time } = newStore();
    const entry = entryOf('e-1');
    const begun = await store.begin(entry, FAILED);
    time.nowMs += DAY_SECONDS * MS_PER_SECOND;
    expect(await store.renew(entry.id)).toBe(true);
    await store.queued(begun, 'waiting');
    expect(await openIds(store)).toEqual([entry.id]);
  });

  it('that was ended before its sender knew that it is on the queue stays ended', async () => {
    const { store } = newStore();
    const entry = entryOf('e-1');
    const begun = await store.begin(entry, FAILED);
    await store.end(entry.id, 'replayed', 'ada');
    await store.queued(begun, 'waiting');
    expect([(await store.get(entry.id))?.state, await openIds(store)]).toEqual(['replayed', []]);
  });

  it(`keeps the first and the last of its attempts, ${KEPT_ATTEMPTS_MAX} at most`, async () => {
    const { store, time } = newStore();
    for (let attempt = 0; attempt <= KEPT_ATTEMPTS_MAX; attempt += 1) {
      time.nowMs = STARTED_AT + attempt * 1_000;
      await sent(store, entryOf('e-1', { attempts: attempt + 1 }));
    }
    const { history = [], attempts } = (await store.get(entryOf('e-1').id)) ?? {};
    expect([history.length, attempts]).toEqual([KEPT_ATTEMPTS_MAX, KEPT_ATTEMPTS_MAX + 1]);
    expect([history[0]?.at, history[1]?.at, history.at(-1)?.at]).toEqual([
      '2026-03-01T12:00:00.000Z',
      '2026-03-01T12:00:02.000Z',
      '2026-03-01T12:00:50.000Z',
    ]);
  });

  it('fits into its item, however long its texts and its key are', async () => {
    const { store } = newStore();
    const long = 'x'.repeat(500_000);
    const entry = entryOf('e-1', {
      reason: { code: long, message: long, issues: [{ path: long, message: long, value: long }] },
      entity: long,
      key: { pk: 'p'.repeat(2_048), sk: 's'.repeat(1_024) },
    });
    await sent(store, entry);
    const item = await store.get(entry.id);
    expect(JSON.stringify(item).length).toBeLessThan(10_000);
    expect(await store.ofItem({ pk: 'p'.repeat(2_048), sk: 's'.repeat(1_024) })).toMatchObject([
      { id: entry.id },
    ]);
  });
});

describe('a pass over a queue', () => {
  it('makes known and open what the store does not have', async () => {
    const { store } = newStore();
    const entry = entryOf('e-1');
    await store.register([entry], 'waiting');
    expect(await store.get(entry.id)).toMatchObject({ state: 'waiting', history: [FAILED] });
  });

  it('keeps what it makes known until SQS deletes the message', async () => {
    const { store } = newStore();
    const fiveDaysAgo = new Date(STARTED_AT - 5 * DAY_SECONDS * MS_PER_SECOND);
    const entry = entryOf('e-1', { sentAt: instantOf(fiveDaysAgo) });
    await store.register([entry], 'waiting');
    expect(await store.get(entry.id)).toMatchObject({ ttl: STARTED_AT / MS_PER_SECOND + 9 * DAY_SECONDS });
  });

  it('leaves one that has just been ended: its message is about to be deleted', async () => {
    const { store, time } = newStore();
    const entry = entryOf('e-1');
    await sent(store, entry);
    await store.end(entry.id, 'replayed', 'ada');
    time.nowMs += SETTLED_MS - 1;
    await store.register([entry], 'waiting');
    expect(await openIds(store)).toEqual([]);
  });

  it('opens one again that was ended, and whose message is still there', async () => {
    const { store, time } = newStore();
    const entry = entryOf('e-1');
    await sent(store, entry);
    await store.end(entry.id, 'replayed', 'ada');
    time.nowMs += SETTLED_MS;
    await store.register([entry], 'waiting');
    expect(await openIds(store)).toEqual([entry.id]);
  });

  const unread = { key: undefined, eventName: undefined, entity: 'unknown' };
  it.each([
    [
      'could not be read before',
      { ...unread, kind: 'unreadable', records: 0, eventId: undefined, attempts: 7 } as const,
      7,
    ],
    ['was not read before', unread, 3],
  ])('completes one that %s', async (_, before, attempts) => {
    const { store } = newStore();
    const whole = entryOf('e-1', { eventName: 'INSERT', attempts: 3 });
    await store.register([entryOf('e-1', { ...before, failedAt: later })], 'waiting');
    const { history } = (await store.get(whole.id)) ?? {};
    await store.register([whole], 'waiting');
    expect(await store.get(whole.id)).toMatchObject({ ...whole, attempts, history, state: 'waiting' });
    expect((await store.ofItem(key)).map(({ id }) => id)).toEqual([whole.id]);
  });
});

describe.each([
  ['of another revision', { revision: 7 }, 8],
  ['whose revision is a text', { revision: 'seven' }, 1],
  ['without a revision', {}, 1],
])('an item that cannot be parsed, %s,', (_, { revision }: { revision?: unknown }, next) => {
  const [one, other] = [entryOf('e-1'), entryOf('e-2')];

  async function withBrokenItem() {
    const { store, database } = newStore();
    await sent(store, one);
    await sent(store, other);
    const item = { ...(await store.get(one.id)), kind: 'unknown', revision };
    const image = marshall(item, { removeUndefinedValues: true });
    database.change(OPERATIONS_TABLE, image, image);
    return store;
  }

  it('is omitted, and the others are read', async () => {
    const store = await withBrokenItem();
    expect(await openIds(store)).toEqual([other.id]);
    expect((await store.ofItem(key)).map(({ id }) => id)).toEqual([other.id]);
    expect(await store.get(one.id)).toBeUndefined();
  });

  it('is replaced by the next pass over its queue', async () => {
    const store = await withBrokenItem();
    await store.register([one, other], 'waiting');
    expect(await store.get(one.id)).toMatchObject({ state: 'waiting', kind: 'record', revision: next });
    expect(new Set(await openIds(store))).toEqual(new Set([one.id, other.id]));
  });

  it('is replaced when its record fails again', async () => {
    const store = await withBrokenItem();
    await sent(store, one);
    expect(await store.get(one.id)).toMatchObject({ state: 'waiting', revision: next + 1 });
  });

  it('does not fail the intake of its batch', async () => {
    const store = await withBrokenItem();
    await store.add(one, 'waiting');
    expect(await openIds(store)).toEqual([other.id]);
  });
});

it('an outcome that a later release has stored is shown as it is, and kept by the next write', async () => {
  const { store, database } = newStore();
  const entry = entryOf('e-1');
  await sent(store, entry);
  const known = await store.get(entry.id);
  const history = [...(known?.history ?? []), { at: known?.failedAt, by: 'ada', outcome: 'handed-over' }];
  const image = marshall({ ...known, history }, { removeUndefinedValues: true });
  database.change(OPERATIONS_TABLE, image, image);
  expect(await openIds(store)).toEqual([entry.id]);
  await store.end(entry.id, 'purged', 'olga');
  expect((await store.get(entry.id))?.history.map(({ outcome }) => outcome)).toEqual([
    'failed',
    'handed-over',
    'purged',
  ]);
});

describe('the intake of a batch', () => {
  it('leaves one that a pass has ended as it is', async () => {
    const { store } = newStore();
    const entry = entryOf('e-1');
    await sent(store, entry);
    await store.end(entry.id, 'replayed', 'ada');
    await store.add(entry, 'waiting');
    expect(await openIds(store)).toEqual([]);
  });
});

describe('the list of open dead letters', () => {
  const at = (minute: number) => Instant.parse(`2026-03-01T12:0${minute}:00.000Z`);

  it('has each of them once, the latest first, on pages of any size', async () => {
    const { store } = newStore();
    const entries = Array.from({ length: 8 }, (_, n) => entryOf(`e-${n}`, { failedAt: at(n) }));
    for (const entry of entries) await sent(store, entry);
    const listed: string[] = [];
    let startAfter: IndexPosition | undefined;
    do {
      const page = await store.openPage({ consumers: ['order-events'], limit: 3, startAfter });
      listed.push(...page.items.map(({ id }) => id));
      startAfter = page.next;
    } while (startAfter !== undefined);
    expect(listed).toEqual(entries.map(({ id }) => id).toReversed());
  });

  it('has those that failed from one instant on and before another', async () => {
    const { store } = newStore();
    const entries = Array.from({ length: 4 }, (_, n) => entryOf(`e-${n}`, { failedAt: at(n) }));
    for (const entry of entries) await sent(store, entry);
    const { items } = await store.openPage({
      ...{ consumers: ['order-events'], limit: 10, since: at(1), until: at(3) },
    });
    expect(items.map(({ eventId }) => eventId)).toEqual(['e-2', 'e-1']);
  });

  it('has none that its queue no longer keeps', async () => {
    const { store, time } = newStore();
    await sent(store, entryOf('e-1'));
    time.nowMs += 14 * 86_400_000;
    expect(await openIds(store)).toEqual([]);
  });
});

describe('the list of ended dead letters', () => {
  const endedIds = async (store: DeadLetterStore, since?: Instant) =>
    (await store.endedPage({ consumers: ['order-events'], limit: 10, since })).items.map(
      ({ eventId }) => eventId,
    );

  it('has what was replayed or purged, the latest end first, and nothing that is open', async () => {
    const { store, time } = newStore();
    for (const name of ['e-1', 'e-2', 'e-3']) await sent(store, entryOf(name));
    await store.end(entryOf('e-2').id, 'purged', 'ada');
    time.nowMs += 60_000;
    await store.end(entryOf('e-1').id, 'replayed', 'ada');
    expect(await endedIds(store)).toEqual(['e-1', 'e-2']);
    expect(await endedIds(store, Instant.parse('2026-03-01T12:01:00.000Z'))).toEqual(['e-1']);
    expect(await openIds(store)).toEqual([entryOf('e-3').id]);
  });

  it('has one no longer that failed again, or is found on its queue', async () => {
    const { store, time } = newStore();
    for (const name of ['e-1', 'e-2', 'e-3']) {
      await sent(store, entryOf(name));
      await store.end(entryOf(name).id, 'replayed', 'ada');
    }
    const begun = await store.begin(entryOf('e-1'), FAILED);
    expect(await endedIds(store)).toHaveLength(2);
    await store.queued(begun, 'waiting');
    time.nowMs += SETTLED_MS;
    await store.register([entryOf('e-2')], 'waiting');
    expect(await endedIds(store)).toEqual(['e-3']);
    expect((await openIds(store)).toSorted()).toEqual([entryOf('e-1').id, entryOf('e-2').id].toSorted());
  });

  it('keeps each as long as it would be open', async () => {
    const { store, time } = newStore();
    await sent(store, entryOf('e-1'));
    const ttlBefore = (await store.get(entryOf('e-1').id))?.ttl;
    time.nowMs += 86_400_000;
    await store.end(entryOf('e-1').id, 'replayed', 'ada');
    expect((await store.get(entryOf('e-1').id))?.ttl).toBe(ttlBefore);
  });
});

describe('a cause', () => {
  it('is the same for the same fault in another line of an order, and another for another field', () => {
    const of = (path: string) =>
      causeIdOf('contract-violation', 'Order', { path, message: 'expected number' });
    expect(of('NewImage.lines.0.amount')).toBe(of('NewImage.lines.12.amount'));
    expect(of('NewImage.lines.0.amount')).not.toBe(of('NewImage.total'));
  });

  it('is the same for the same fault in the reservations of two orders', () => {
    const of = (path: string) => causeIdOf('contract-violation', 'Order', { path, message: 'wrong' });
    expect(of('ORDER#1 RESERVATION.state')).toBe(of('ORDER#2 RESERVATION.state'));
    expect(of('ORDER#1 RESERVATION.state')).not.toBe(of('ORDER#1 RESERVATION.lines'));
    expect(of('PRODUCT#a.stock')).not.toBe(of('PRODUCT#b.stock'));
  });
});

describe('the entry of a record', () => {
  it('has what the field to blame held, and nothing else of the image', () => {
    const broken: ItemKey & Record<string, unknown> = { ...orderItem(), total: '2500' };
    const record = insertOf(broken);
    const { id } = entryOf('e-1');
    const entry = recordEntry(id, deadLetterOf(record), record);
    expect(entry.reason.issues).toEqual([
      { path: 'NewImage.total', message: 'expected number', value: '2500' },
    ]);
    expect(Object.keys(entry)).not.toContain('record');
    expect(entry).toMatchObject({ entity: 'Order', eventName: 'INSERT', records: 1 });
  });

  it('is found by the key of its item', () => {
    expect(itemPartition(key)).toBe('USER#ada ORDER#1');
  });
});
