import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erasedShipTo, type OrderItem } from '../../../contracts/entities/order.ts';
import type { OrderNotification } from '../../../contracts/events/order-notification.ts';
import { Instant } from '../../../contracts/ids.ts';
import { PublicationItem } from '../../../contracts/operations/operations-items.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { orderHistory, rebuilt } from '../../../pipelines/backfill/order-history.ts';
import { Publications } from '../../../pipelines/operations/publications.ts';
import { eventsOf } from '../../../pipelines/order-events/notification/publishers.ts';
import { OPERATIONS_TABLE, operationsTable } from '../../builders/model-table.ts';
import { orderChange, orderLife, withStatus } from '../../builders/stream/order-life.ts';
import { modifyOf } from '../../builders/stream/stream-record.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';

const NOW = Date.parse('2026-03-01T13:00:00.000Z');
const clock = { now: () => new Date(NOW) };
const { signal } = new AbortController();
const publishers = { highValueThreshold: 5_000 };

/** An order's history where the topic has published these events, so many of them by an older release. */
async function published(events: readonly OrderNotification[], ofOlderRelease = 0) {
  const { dynamoDb, database } = operationsTable();
  const publications = new Publications({ dynamoDb, operationsTableName: OPERATIONS_TABLE, clock });
  for (const [n, event] of events.entries())
    await publications.record([{ event, messageId: `m-${n}` }], signal);
  const older = new Set(events.slice(0, ofOlderRelease).map(({ id }) => `EVENT#${id}`));
  for (const item of database.items(OPERATIONS_TABLE))
    if (older.has(item['sk']?.S ?? '')) {
      const { time, data, ...rest } = item;
      database.change(OPERATIONS_TABLE, item, rest);
    }
  return (order: OrderItem, now = NOW) =>
    orderHistory(
      { dynamoDb, operationsTableName: OPERATIONS_TABLE, clock: { now: () => new Date(now) } },
      order,
    );
}

const replayed = (events: readonly OrderNotification[]) =>
  events.map((event) => ({ ...event, replayed: true }));
const eventsOfLife = (order: OrderItem, ...statuses: readonly OrderStatus[]): readonly OrderNotification[] =>
  orderLife(order, ...statuses)
    .slice(0, -1)
    .flatMap((change) => eventsOf(change, publishers));

const orders = fc
  .record({
    amounts: fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 4 }),
    currency: fc.constantFrom('EUR', 'USD', 'JPY'),
    placedAt: fc.integer({ min: NOW - 1e10, max: NOW }).map((ms) => new Date(ms).toISOString()),
    status: fc.constantFrom(...OrderStatus.options),
  })
  .map(({ amounts, currency, placedAt, status }) =>
    orderItem({
      currency: currency as 'EUR',
      status,
      createdAt: Instant.parse(placedAt),
      lines: amounts.map((amount, n) => orderLine({ sku: `SKU-${n}`, amount })),
    }),
  );

describe('an event that is rebuilt', () => {
  it('equals the published one, member for member, of all types and for any later status of the order', () => {
    const types = new Set<string>();
    fc.assert(
      fc.property(
        orders,
        fc.array(fc.constantFrom(...OrderStatus.options), { maxLength: 4 }),
        fc.constantFrom(...OrderStatus.options),
        fc.boolean(),
        (order, statuses, now, isFixed) => {
          const life = orderLife(order, ...statuses);
          const fixed = orderChange(modifyOf(order, withStatus(order, 'placed')));
          const changes = [
            ...life,
            ...(isFixed && fixed.kind === 'MODIFY' ? [{ ...fixed, oldItem: undefined }] : []),
            ...life.flatMap((one) => (one.kind === 'REMOVE' ? [{ ...one, expired: true }] : [])),
          ];
          for (const event of changes.flatMap((change) => eventsOf(change, publishers))) {
            types.add(event.type);
            const { orderId, userId, total, currency, lines, placedAt, ...data } = event.data;
            const publication = PublicationItem.parse({
              ...{ pk: '', sk: '', entityType: 'Publication', orderId, messageId: 'm' },
              ...{ orderVersion: Number(event.sequence), publishedAt: event.time, time: event.time, data },
            });
            const again = rebuilt({ type: event.type, publication }, { ...order, status: now });
            expect(again).toEqual({ ...event, replayed: true });
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(types.size).toBe(6);
  });
});

describe('the history of an order', () => {
  const order = orderItem();
  const confirmed = withStatus(order, 'confirmed');

  it('is its published events in their sequence, marked as replayed', async () => {
    const events = eventsOfLife(order, 'confirmed', 'shipped');
    const history = await published(events.toReversed());
    const shipped = withStatus(confirmed, 'shipped');
    expect(await history(shipped)).toEqual({
      state: 'known',
      events: replayed(events),
      extent: 'complete',
    });
  });

  it('includes the high value of the order', async () => {
    const large = orderItem({ lines: [orderLine({ amount: 5_000 })] });
    const history = await published(eventsOfLife(large));
    const known = await history(large);
    expect(known.state === 'known' && known.events.map(({ type }) => type)).toEqual([
      'order.high-value',
      'order.placed',
    ]);
  });

  it('compares versions as numbers', async () => {
    const old = orderItem({ version: 9 });
    const history = await published(eventsOfLife(old, 'confirmed'));
    const known = await history(withStatus(old, 'confirmed'));
    expect(known.state === 'known' && known.events.map(({ sequence }) => sequence)).toEqual(['9', '10']);
  });

  it('is known of an order whose address was erased since its last event, and pending without that', async () => {
    const placed = orderItem();
    const confirmed = withStatus(placed, 'confirmed');
    const events = eventsOfLife(placed, 'confirmed');
    const erased = orderItem({
      ...{ status: 'confirmed', shipTo: erasedShipTo(confirmed.shipTo), version: confirmed.version + 1 },
    });
    expect(await (await published(events))(erased)).toMatchObject({ state: 'known', extent: 'complete' });
    expect(await (await published(events.slice(0, -1)))(erased)).toEqual({ state: 'pending' });
  });

  it('is the last published event, where no data is left and the address was erased since', async () => {
    const events = eventsOfLife(order, 'confirmed');
    const last = events.at(-1);
    const erased = orderItem({
      ...{ status: 'confirmed', shipTo: erasedShipTo(confirmed.shipTo), version: confirmed.version + 1 },
    });
    expect(await (await published(events, events.length))(erased)).toMatchObject({
      events: [{ id: last?.id, type: last?.type, sequence: last?.sequence, replayed: true }],
      extent: 'current-only',
    });
  });

  it('is pending while the event of the current version is not recorded', async () => {
    const history = await published(eventsOfLife(order));
    expect(await history(confirmed)).toEqual({ state: 'pending' });
  });

  it('is known again a day later, as no record waits for so long', async () => {
    const events = eventsOfLife(order);
    const history = await published(events);
    expect(await history(confirmed, Date.parse(order.updatedAt) + 86_400_000)).toEqual({
      state: 'known',
      events: replayed(events),
      extent: 'partial',
    });
  });

  it('leaves out the events of an earlier order of the same id', async () => {
    const earlier = orderLife(order).flatMap((change) => eventsOf(change, publishers));
    const again = orderItem({ version: order.version + 1_000 });
    const events = eventsOfLife(again);
    const history = await published([...earlier, ...events]);
    expect(await history(again)).toMatchObject({ events: replayed(events) });
  });

  it('is partial without the events of a type of a later release, which a roll-back leaves', async () => {
    const events = eventsOfLife(order, 'confirmed');
    const later = events.map((event) => ({ ...event, id: `${event.id}-later` }));
    const both = await published([...events, ...later]);
    expect(await both(confirmed)).toEqual({
      state: 'known',
      events: replayed(events),
      extent: 'partial',
    });
    const laterAlone = await published(later);
    expect(await laterAlone(confirmed)).toMatchObject({
      events: [{ type: 'order.status-changed', sequence: String(confirmed.version) }],
      extent: 'current-only',
    });
  });

  it('is removed where the order was deleted since it was read', async () => {
    const history = await published(orderLife(order).flatMap((change) => eventsOf(change, publishers)));
    expect(await history(order)).toEqual({ state: 'removed' });
  });

  it.each([
    ['the type that was published for the version', order, 'order.placed'],
    ['no previous status', confirmed, 'order.status-changed'],
  ])(
    'is one event of the current version without the data of older releases: with %s',
    async (_, now, type) => {
      const events = eventsOfLife(order, ...(now === order ? [] : (['confirmed'] as const)));
      const history = await published(events, events.length);
      const { previousStatus: _previous, ...data } = { previousStatus: '', ...events.at(-1)?.data };
      expect(await history(now)).toEqual({
        state: 'known',
        events: [expect.objectContaining({ id: events.at(-1)?.id, type, data, replayed: true })],
        extent: 'current-only',
      });
    },
  );

  it('is partial without its first events, which have expired', async () => {
    const later = eventsOfLife(order, 'confirmed', 'shipped').slice(1);
    const history = await published(later);
    const known = { state: 'known', events: replayed(later), extent: 'partial' };
    expect(await history(withStatus(confirmed, 'shipped'))).toEqual(known);
  });

  it('is partial where only its later events have the data that older releases did not record', async () => {
    const events = eventsOfLife(order, 'confirmed');
    const history = await published(events, 1);
    const known = { state: 'known', events: replayed(events.slice(1)), extent: 'partial' };
    expect(await history(confirmed)).toEqual(known);
  });

  it('is complete from the fix of an order that was never published before', async () => {
    const fixed = orderChange(modifyOf(order, confirmed));
    const events = fixed.kind === 'MODIFY' ? eventsOf({ ...fixed, oldItem: undefined }, publishers) : [];
    const history = await published(events);
    expect(await history(confirmed)).toEqual({
      state: 'known',
      events: replayed(events),
      extent: 'complete',
    });
  });

  it('is one event of the current version where no publication is left', async () => {
    const history = await published([]);
    const known = await history(confirmed, NOW + 86_400_000);
    expect(known).toMatchObject({ events: [{ type: 'order.status-changed' }], extent: 'current-only' });
  });

  it('is read to the last page', async () => {
    const events = eventsOfLife(order, 'confirmed');
    const { dynamoDb, database, send } = operationsTable();
    const publications = new Publications({ dynamoDb, operationsTableName: OPERATIONS_TABLE, clock });
    await publications.record(
      events.map((event) => ({ event, messageId: 'm' })),
      signal,
    );
    const items = database.items(OPERATIONS_TABLE);
    send.mockImplementation(async (command) =>
      command instanceof QueryCommand && command.input.ExclusiveStartKey === undefined
        ? { Items: items.slice(0, 1), LastEvaluatedKey: marshall({ pk: 'p', sk: 's' }) }
        : { Items: items.slice(1) },
    );
    const deps = { dynamoDb, operationsTableName: OPERATIONS_TABLE, clock };
    expect(await orderHistory(deps, confirmed)).toMatchObject({ events: replayed(events) });
  });
});
