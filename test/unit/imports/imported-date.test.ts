import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ImportedOrder } from '../../../contracts/imports/imported-order.ts';
import { read } from '../../../contracts/reading.ts';
import { importedOrder } from '../../builders/imports/imports.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-03-01T12:00:00.000Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the date of an imported order', () => {
  it.each(['1970-01-01T00:00:00.000Z', '2026-03-02T12:00:00.000Z'])('may be %s', (placedAt) => {
    expect(read(ImportedOrder, { ...importedOrder(), placedAt }).success).toBe(true);
  });

  it.each([
    ['1969-12-31T23:59:59.999Z', 'must not be before 1970'],
    ['2026-03-02T12:00:00.001Z', 'must not be more than a day ahead of the clock'],
    ['9999-12-31T23:59:59.999Z', 'must not be more than a day ahead of the clock'],
  ])('is refused at %s, with a reason', (placedAt, message) => {
    expect(read(ImportedOrder, { ...importedOrder(), placedAt }).error?.issues).toMatchObject([
      { path: ['placedAt'], message },
    ]);
  });
});
