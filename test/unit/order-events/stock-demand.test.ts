import { describe, expect, it } from 'vitest';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { reservationRequestOf } from '../../../pipelines/order-events/inventory/reservation-step.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { orderChange, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

const kindsByStatus = (requestOf: (status: OrderStatus) => string | undefined) =>
  Object.fromEntries(OrderStatus.options.map((status) => [status, requestOf(status)]));

describe('what a change of an order asks of the stock', () => {
  it.each([
    ['an INSERT', (status: OrderStatus) => orderChange(insertOf(orderItem({ status })))],
    ['the fix of a malformed order', (status: OrderStatus) => currentChange(orderItem({ status }))],
  ])('for %s depends on the status that the order comes with', (_, changeTo) => {
    const requested = kindsByStatus((status) => reservationRequestOf(changeTo(status))?.kind);
    expect(requested).toEqual({
      placed: 'hold',
      confirmed: 'hold',
      shipped: undefined,
      delivered: undefined,
      cancelled: 'free',
      rejected: undefined,
    });
  });

  it('for a MODIFY depends on the status that it leaves', () => {
    const placed = orderItem();
    const requested = kindsByStatus(
      (status) => reservationRequestOf(orderChange(modifyOf(placed, withStatus(placed, status))))?.kind,
    );
    expect(requested).toEqual({
      placed: 'hold',
      confirmed: undefined,
      shipped: undefined,
      delivered: undefined,
      cancelled: 'free',
      rejected: undefined,
    });
  });

  it('for a REMOVE is to release the stock that is not shipped', () => {
    const requested = kindsByStatus(
      (status) => reservationRequestOf(orderChange(removeOf(orderItem({ status }))))?.kind,
    );
    expect(requested).toEqual({
      placed: 'free',
      confirmed: 'free',
      shipped: undefined,
      delivered: undefined,
      cancelled: 'free',
      rejected: undefined,
    });
  });

  it('has the version after the last for a REMOVE', () => {
    const order = orderItem();
    expect(reservationRequestOf(orderChange(removeOf(order)))?.orderVersion).toBe(order.version + 1);
  });
});
