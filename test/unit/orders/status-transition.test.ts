import { describe, expect, it } from 'vitest';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { checkTransition } from '../../../pipelines/orders/change-order-status.ts';
import { IllegalTransitionError } from '../../../pipelines/request-errors.ts';

// Spelled out here once more, so that a change of the contract's own table shows.
const LEGAL = new Set([
  'placed -> confirmed',
  'placed -> cancelled',
  'placed -> rejected',
  'confirmed -> shipped',
  'confirmed -> cancelled',
  'shipped -> delivered',
]);

const pairs = OrderStatus.options.flatMap((from) =>
  OrderStatus.options.map((to) => ({ from, to, isLegal: LEGAL.has(`${from} -> ${to}`) })),
);

describe('an order', () => {
  it.each(pairs.filter(({ isLegal }) => isLegal))('that is $from may become $to', ({ from, to }) => {
    expect(() => checkTransition(from, to)).not.toThrow();
  });

  it.each(pairs.filter(({ isLegal }) => !isLegal))('that is $from may not become $to', ({ from, to }) => {
    expect(() => checkTransition(from, to)).toThrow(IllegalTransitionError);
  });
});

describe('a refused change of status', () => {
  it('says what the order may become instead', () => {
    expect(new IllegalTransitionError('confirmed', 'delivered', ['shipped', 'cancelled']).remedy).toBe(
      'From confirmed it can become shipped or cancelled.',
    );
  });

  it('says so when the status is final', () => {
    expect(new IllegalTransitionError('delivered', 'shipped', []).remedy).toBe(
      'delivered is a final status.',
    );
  });
});
