import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { currentRecord } from '../../../pipelines/dead-letters/parse/current-record.ts';
import { lifecycleEvent } from '../../../pipelines/order-events/notification/order-lifecycle.ts';
import { orderChange, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

const placed = orderItem();

describe('the notification of a change of an order', () => {
  it('is order.placed for an INSERT', () => {
    expect(lifecycleEvent(orderChange(insertOf(placed)))).toMatchObject({
      type: 'order.placed',
      id: `${placed.orderId}.${placed.version}.order.placed`,
      sequence: String(placed.version),
      subject: placed.orderId,
      time: placed.updatedAt,
      data: { status: 'placed', total: placed.total, placedAt: placed.createdAt },
    });
  });

  it('is order.placed for an order that is written past the API, with any status', () => {
    const event = lifecycleEvent(orderChange(insertOf(orderItem({ status: 'delivered' }))));
    expect(event).toMatchObject({ type: 'order.placed', data: { status: 'delivered' } });
  });

  it('may be a second one of the same version when the current state of such an order is replayed', () => {
    const delivered = orderItem({ status: 'delivered' });
    const events = [insertOf(delivered), currentRecord(marshall(delivered))].map((record) =>
      lifecycleEvent(orderChange(record)),
    );
    expect(events.map((event) => event?.type)).toEqual(['order.placed', 'order.status-changed']);
    expect(new Set(events.map((event) => event?.sequence)).size).toBe(1);
  });

  it('is order.status-changed for a MODIFY of the status', () => {
    const event = lifecycleEvent(orderChange(modifyOf(placed, withStatus(placed, 'confirmed'))));
    expect(event).toMatchObject({
      type: 'order.status-changed',
      sequence: String(placed.version + 1),
      data: { status: 'confirmed', previousStatus: 'placed' },
    });
  });

  it('is order.rejected for a MODIFY to rejected', () => {
    const event = lifecycleEvent(orderChange(modifyOf(placed, withStatus(placed, 'rejected'))));
    expect(event).toMatchObject({
      type: 'order.rejected',
      data: { status: 'rejected', previousStatus: 'placed' },
    });
  });

  it('is nothing for a MODIFY that leaves the status', () => {
    expect(lifecycleEvent(orderChange(modifyOf(placed, withStatus(placed, 'placed'))))).toBeUndefined();
  });

  it('is order.placed for the fix of a malformed order that is placed', () => {
    const fixed = {
      ...orderChange(modifyOf(placed, placed)),
      kind: 'MODIFY' as const,
      newItem: placed,
      oldItem: undefined,
    };
    const event = lifecycleEvent(fixed);
    expect(event?.type).toBe('order.placed');
    expect(event?.data).not.toHaveProperty('previousStatus');
  });

  it('is order.removed for a REMOVE by a caller, at the version after the last', () => {
    expect(lifecycleEvent(orderChange(removeOf(placed)))).toMatchObject({
      type: 'order.removed',
      id: `${placed.orderId}.${placed.version + 1}.order.removed`,
    });
  });

  it('is order.expired for a REMOVE by TTL', () => {
    expect(lifecycleEvent(orderChange(removeOf(placed, { expired: true })))?.type).toBe('order.expired');
  });

  it('has the time at which DynamoDB took a removal', () => {
    const at = '2026-03-07T12:00:00.000Z';
    const removed = { ...orderChange(removeOf(placed)), approximateCreationTime: new Date(at) };
    expect(lifecycleEvent(removed)?.time).toBe(at);
  });

  it("has the last image's time for a removal whose record has none", () => {
    const removed = { ...orderChange(removeOf(placed)), approximateCreationTime: undefined };
    expect(lifecycleEvent(removed)?.time).toBe(placed.updatedAt);
  });

  it('is the same, byte for byte, for the same record delivered again', () => {
    const record = removeOf(placed);
    expect(JSON.stringify(lifecycleEvent(orderChange(record)))).toBe(
      JSON.stringify(lifecycleEvent(orderChange(record))),
    );
  });

  it('holds nothing about the person that the order goes to', () => {
    const text = JSON.stringify(lifecycleEvent(orderChange(insertOf(placed))));
    for (const value of Object.values(placed.shipTo)) expect(text).not.toContain(value);
  });
});
