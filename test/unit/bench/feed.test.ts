import { describe, expect, it } from 'vitest';
import { feed } from '../../bench/feed.ts';
import { consumerThat } from '../../builders/stream/stream-batch.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { productItem } from '../../builders/values/items.ts';

const records = ['1', '2', '3'].map((n) => insertOf(productItem({ sku: `pen-${n}` })));
const feeding = { batchSize: 3, lanes: 1, stalledMs: 0 };

describe('feeding records to a consumer', () => {
  it('goes on while at least one record of a batch succeeds', async () => {
    const busy = new Set([2, 3, 5]);
    let calls = 0;
    const consumer = consumerThat({
      handle: async () => {
        calls += 1;
        if (busy.has(calls)) throw new Error('busy');
      },
    });
    await feed(records, feeding, () => consumer);
    expect(calls).toBe(6);
  });

  it('ends with the reason when no record succeeds for too long', async () => {
    const consumer = consumerThat({
      handle: async () => {
        throw new Error('the disk is full');
      },
    });
    await expect(feed(records, feeding, () => consumer)).rejects.toThrow(
      'No record succeeded for 0 s: Error: the disk is full',
    );
  });
});
