import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { OrderId } from '../../contracts/ids.ts';
import { TallyItem } from '../../contracts/items/tally.ts';
import { tallyKey } from '../../contracts/keys.ts';
import { read, valueIssues } from '../../contracts/reading.ts';
import { batchGet } from '../core/batch-get.ts';
import { ContractViolationError } from '../core/errors.ts';

/** A tally as it is in the table, or why it cannot be read. */
export type ReadTally = TallyItem | ContractViolationError;

/**
 * Reads the tallies of at most 100 orders, consistently; orders without one are absent from the answer.
 *
 * @throws TransientError when the table kept leaving keys unread, or the SDK's own error.
 */
export async function readTallies(
  dynamoDb: DynamoDBClient,
  tableName: string,
  orderIds: readonly OrderId[],
): Promise<Map<OrderId, ReadTally>> {
  const items = await batchGet(dynamoDb, tableName, orderIds.map(tallyKey));
  const itemByPartition = new Map(items.map((item) => [item['pk'], item]));
  const tallies = new Map<OrderId, ReadTally>();
  for (const orderId of orderIds) {
    const item = itemByPartition.get(tallyKey(orderId).pk);
    if (item !== undefined) tallies.set(orderId, decodeTally(item));
  }
  return tallies;
}

function decodeTally(item: object): ReadTally {
  const parsed = read(TallyItem, item);
  if (parsed.success) return parsed.data;
  return new ContractViolationError('The tally breaks its contract', valueIssues(parsed.error));
}
