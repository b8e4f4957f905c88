import { expect, it } from 'vitest';
import { measurePageCost } from '../../bench/page-cost.ts';
import { STATUS_PARTITIONS } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';

const RATIO_MAX = 4;

it('a page over all partitions takes at most four times the read units of one partition', async () => {
  const costs = await measurePageCost(localDynamoDb(), [STATUS_PARTITIONS]);
  expect(costs.map(({ list, spread }) => `${list}: ${spread}`)).toEqual([
    'orders by status: 4 partitions',
    'orders by status: 1 without a number, 4 empty',
    'low stock: 4 partitions',
  ]);
  for (const { ratio } of costs) expect(ratio).toBeLessThanOrEqual(RATIO_MAX);
});
