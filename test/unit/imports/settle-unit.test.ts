import { describe, expect, it, vi } from 'vitest';
import { ImportedOrder } from '../../../contracts/imports/imported-order.ts';
import { OptimisticLockError } from '../../../pipelines/dynamodb/optimistic-lock.ts';
import { ContractViolationError } from '../../../pipelines/errors.ts';
import type { ImportUnit } from '../../../pipelines/imports/import-unit.ts';
import { processUnit, type WriteOrder } from '../../../pipelines/imports/import-unit.ts';
import { orderLine } from '../../builders/values/items.ts';

const unit: ImportUnit = {
  kind: 'order',
  order: ImportedOrder.parse({
    sourceId: 'CA-2014-115812',
    userId: 'u-1',
    placedAt: '2014-06-09T12:00:00.000Z',
    lines: [orderLine()],
    currency: 'USD',
    shipTo: { name: 'Ada Example', city: 'Dresden', country: 'Germany' },
  }),
  rows: [{ line: 2, lineEnd: 2 }],
  next: { offset: 80, line: 3 },
};

describe('finishing a unit of imported orders', () => {
  it('writes it again when another write was at the same item', async () => {
    const write = vi.fn<WriteOrder>(async () => 'already-there');
    write.mockRejectedValueOnce(new OptimisticLockError('Another write was at the same item'));
    expect(await processUnit(unit, write)).toMatchObject({ outcome: 'already-there' });
    expect(write).toHaveBeenCalledTimes(2);
  });

  it('rejects its rows when what is in its place will never be readable', async () => {
    const write = vi.fn<WriteOrder>().mockRejectedValue(new ContractViolationError('Unreadable'));
    const { outcome } = await processUnit(unit, write);
    expect(outcome).toEqual({ rejected: [{ line: 2, lineEnd: 2, reason: 'the table refuses the order' }] });
    expect(write).toHaveBeenCalledTimes(1);
  });

  it('rejects its rows while a removed order holds stock, and says what to do', async () => {
    const { outcome } = await processUnit(unit, async () => 'still-reserved');
    expect(outcome).toMatchObject({
      rejected: [{ line: 2, reason: expect.stringMatching(/shipped, otherwise import it again later$/) }],
    });
  });

  it('fails when the table fails in an unknown way', async () => {
    const failure = new Error('out of memory');
    await expect(processUnit(unit, vi.fn<WriteOrder>().mockRejectedValue(failure))).rejects.toBe(failure);
  });
});
