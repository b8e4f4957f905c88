import { describe, expect, it } from 'vitest';
import { orderWindow } from '../../../pipelines/orders/list-orders-by-status.ts';
import { InvalidRequestError } from '../../../pipelines/request-errors.ts';

const NOW = new Date('2026-03-10T12:00:00.000Z');

describe('the window of a list of orders', () => {
  it('is the last seven days up to now by default', () => {
    expect(orderWindow({}, NOW)).toEqual({
      from: '2026-03-03T12:00:00.000Z',
      to: '2026-03-10T12:00:00.000Z',
    });
  });

  it('is the seven days up to its end without a start', () => {
    expect(orderWindow({ to: '2026-01-31T00:00:00Z' }, NOW)).toEqual({
      from: '2026-01-24T00:00:00.000Z',
      to: '2026-01-31T00:00:00.000Z',
    });
  });

  it('ends now without an end', () => {
    expect(orderWindow({ from: '2026-03-01' }, NOW)).toEqual({
      from: '2026-03-01T00:00:00.000Z',
      to: '2026-03-10T12:00:00.000Z',
    });
  });

  it('includes all of its first and last day', () => {
    expect(orderWindow({ from: '2026-02-28', to: '2026-02-28' }, NOW)).toEqual({
      from: '2026-02-28T00:00:00.000Z',
      to: '2026-02-28T23:59:59.999Z',
    });
  });

  it('can be one moment', () => {
    const moment = '2026-02-28T10:00:00.123Z';
    expect(orderWindow({ from: moment, to: moment }, NOW)).toEqual({ from: moment, to: moment });
  });

  it.each([
    ['ends before it starts', { from: '2026-03-02', to: '2026-03-01' }],
    ['starts after now and has no end', { from: '2026-03-11' }],
  ])('is refused when it %s', (_, query) => {
    expect(() => orderWindow(query, NOW)).toThrow(InvalidRequestError);
  });
});
