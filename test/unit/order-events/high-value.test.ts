import { describe, expect, it } from 'vitest';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { highValueEvent } from '../../../pipelines/order-events/notification/high-value.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { orderChange, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';

const THRESHOLD = 1_000_000;
const worth = (amount: number, status: OrderItem['status'] = 'placed') =>
  orderItem({ status, lines: [orderLine({ quantity: 1, amount })] });
const large = worth(1_222_500);

const typeOf = (change: Parameters<typeof highValueEvent>[0], highValueThreshold = THRESHOLD) =>
  highValueEvent(change, { highValueThreshold })?.type;

describe('the event of an order of high value', () => {
  it('is published of a new order whose total is above the threshold, with the threshold', () => {
    expect(highValueEvent(orderChange(insertOf(large)), { highValueThreshold: THRESHOLD })).toMatchObject({
      type: 'order.high-value',
      id: `${large.orderId}.${large.version}.order.high-value`,
      sequence: String(large.version),
      subject: large.orderId,
      time: large.updatedAt,
      data: { status: 'placed', total: 1_222_500, currency: large.currency, threshold: THRESHOLD },
    });
  });

  it.each([
    [THRESHOLD, 'order.high-value'],
    [THRESHOLD - 1, undefined],
  ])('of a total of %i is %s', (total, type) => {
    expect(typeOf(orderChange(insertOf(worth(total))))).toBe(type);
  });

  it('is published when the malformed item of a placed order is fixed', () => {
    expect(typeOf(currentChange(large))).toBe('order.high-value');
  });

  it.each([
    ['a change of its status', orderChange(modifyOf(large, withStatus(large, 'confirmed')))],
    ['a change that leaves its status', orderChange(modifyOf(large, withStatus(large, 'placed')))],
    ['its removal', orderChange(removeOf(large))],
    ['a new order that is already delivered', orderChange(insertOf(worth(1_222_500, 'delivered')))],
    ['a fixed order that is already delivered', currentChange(worth(1_222_500, 'delivered'))],
  ])('is not published for %s', (_, change) => {
    expect(typeOf(change)).toBeUndefined();
  });

  it('is published for no order while the threshold is 0 or absent', () => {
    expect(typeOf(orderChange(insertOf(large)), 0)).toBeUndefined();
    expect(highValueEvent(orderChange(insertOf(large)), {})).toBeUndefined();
  });
});
