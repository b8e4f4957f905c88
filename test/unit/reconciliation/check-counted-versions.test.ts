import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { CountedOrderItem, countedOrderKey } from '../../../contracts/entities/counted-order.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { OrderAnalytics } from '../../../pipelines/order-events/analytics/order-analytics.ts';
import { countedOrderCheck } from '../../../pipelines/reconciliation/check-counted-versions.ts';
import { lastStatusOf } from '../../../pipelines/reconciliation/read-table.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { modelTable, TABLE } from '../../builders/model-table.ts';
import { orderItem } from '../../builders/values/items.ts';

const { signal } = new AbortController();
const order = orderItem();
const key = countedOrderKey(order.orderId);

/** What is counted of a deleted order, and what remains once it is counted out. */
async function countedOut({ hasVersions }: { readonly hasVersions: boolean }) {
  const { dynamoDb, database } = modelTable();
  const table = { dynamoDb, tableName: TABLE, segments: 1 };
  const analytics = new OrderAnalytics({
    dynamoDb,
    tableName: TABLE,
    clock,
    highValueThreshold: order.total,
  });
  const counted = () => CountedOrderItem.parse(unmarshall(database.item(TABLE, marshall(key)) ?? {}));
  await analytics.handle(currentChange(order, 'INSERT'), signal);
  const before = hasVersions ? counted() : { ...counted(), versions: undefined };
  const image = marshall(before, { removeUndefinedValues: true });
  database.change(TABLE, image, image);
  const check = countedOrderCheck({ table, analytics });
  const { repair } = await check.compare({ id: order.orderId, key: undefined, version: undefined }, signal);
  await repair?.run(signal);
  return { before, after: counted() };
}

describe('a deleted order that is counted out', () => {
  it('keeps its last status where no versions were kept, since it may still hold stock', async () => {
    const { before, after } = await countedOut({ hasVersions: false });
    expect(after).not.toHaveProperty('contribution');
    expect(after.versions).toEqual([{ version: order.version, at: before.updatedAt, status: 'placed' }]);
    expect(lastStatusOf(after)).toBe('placed');
  });

  it('keeps its versions as they are', async () => {
    const { before, after } = await countedOut({ hasVersions: true });
    expect(after).not.toHaveProperty('contribution');
    expect(after.versions).toEqual(before.versions);
  });
});
