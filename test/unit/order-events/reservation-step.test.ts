import { describe, expect, it } from 'vitest';
import {
  type ReservationRequest,
  reservationStep,
  stockLinesOf,
} from '../../../pipelines/order-events/inventory/reservation-step.ts';
import { orderItem, orderLine, reservationItem } from '../../builders/values/items.ts';

const order = orderItem();
const lines = stockLinesOf(order.lines);
const requested = (kind: ReservationRequest['kind']): ReservationRequest => ({
  kind,
  order,
  orderVersion: order.version,
  isNewLife: false,
});
const created: ReservationRequest = { ...requested('hold'), isNewLife: true };
const older = { orderVersion: order.version - 1 };

describe('the step of a reservation request', () => {
  it('holds the stock of an order without a reservation', () => {
    expect(reservationStep(undefined, requested('hold'))).toEqual({ kind: 'hold', state: 'RESERVED', lines });
  });

  it('marks a release that comes before its reservation', () => {
    expect(reservationStep(undefined, requested('free'))).toEqual({
      kind: 'mark',
      state: 'RELEASED',
      lines: [],
    });
  });

  it('releases the stock that an older version of the order holds', () => {
    const reserved = reservationItem(older);
    expect(reservationStep(reserved, requested('free'))).toEqual({
      kind: 'free',
      state: 'RELEASED',
      lines: reserved.lines,
    });
  });

  it.each(['RELEASED', 'REJECTED'] as const)(
    'holds again for an order created again after it was %s',
    (state) => {
      expect(reservationStep(reservationItem({ ...older, state }), requested('hold'))).toEqual({
        kind: 'hold',
        state: 'RESERVED',
        lines,
      });
    },
  );

  it.each(['RELEASED', 'REJECTED'] as const)('remembers a newer release of what is %s', (state) => {
    const reservation = reservationItem({ ...older, state });
    expect(reservationStep(reservation, requested('free'))).toMatchObject({ kind: 'mark', state });
  });

  it('keeps what is held, under the newer version, when an order is made again before its removal is seen', () => {
    const step = reservationStep(reservationItem(older), created);
    expect(step).toMatchObject({ kind: 'mark', state: 'RESERVED' });
  });

  it('first releases what is held where the order that is made again has other lines', () => {
    const reserved = reservationItem({ ...older, lines: [{ sku: 'SKU-1', quantity: 3 }] });
    const step = reservationStep(reserved, created);
    expect(step).toEqual({
      kind: 'free',
      state: 'RELEASED',
      lines: reserved.lines,
      isDecidedAgain: true,
    });
  });

  it('keeps what is held, under the newer version, where the same order has other lines', () => {
    const reserved = reservationItem({ ...older, lines: [{ sku: 'SKU-1', quantity: 3 }] });
    const step = reservationStep(reserved, requested('hold'));
    expect(step).toEqual({ kind: 'mark', state: 'RESERVED', lines: reserved.lines });
  });

  describe.each(['hold', 'free'] as const)('to %s', (kind) => {
    it.each(['RESERVED', 'RELEASED', 'REJECTED'] as const)(
      'does nothing where the same version left %s',
      (state) => {
        expect(reservationStep(reservationItem({ state }), requested(kind))).toEqual({ kind: 'none' });
      },
    );

    it.each(['RESERVED', 'RELEASED', 'REJECTED'] as const)(
      'does nothing where a newer version left %s',
      (state) => {
        const newer = reservationItem({ state, orderVersion: order.version + 1 });
        expect(reservationStep(newer, requested(kind))).toEqual({ kind: 'none' });
      },
    );
  });
});

describe("an order's stock lines", () => {
  it('sum repeated lines of one sku', () => {
    const repeated = orderItem({
      lines: [
        orderLine({ sku: 'A', quantity: 2 }),
        orderLine({ sku: 'B' }),
        orderLine({ sku: 'A', quantity: 3 }),
      ],
    });
    expect(stockLinesOf(repeated.lines)).toEqual([
      { sku: 'A', quantity: 5 },
      { sku: 'B', quantity: 2 },
    ]);
  });
});
