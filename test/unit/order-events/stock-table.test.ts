import { type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { LOW_STOCK_MAX, PIECES_MAX, type ProductItem } from '../../../contracts/entities/product.ts';
import { Instant, Sku } from '../../../contracts/ids.ts';
import { contentionOf } from '../../../pipelines/order-events/inventory/stock-errors.ts';
import { changeStock } from '../../../pipelines/order-events/inventory/stock-table.ts';
import { cancelledBy } from '../../builders/cancelled.ts';
import { modelTable, TABLE } from '../../builders/model-table.ts';
import { productItem } from '../../builders/values/items.ts';

const SKU = Sku.parse('SKU-1');
const NOW = Instant.parse('2026-03-05T08:00:00.000Z');
const change = (held: number, leavesPlenty: boolean): TransactWriteItem =>
  changeStock(TABLE, { sku: SKU, held, leavesPlenty }, NOW);

/** The product after a change of its stock, or the error of the table. */
function changed(product: ProductItem, write: TransactWriteItem): unknown {
  const { database } = modelTable(product);
  try {
    database.execute(new TransactWriteItemsCommand({ TransactItems: [write] }));
  } catch (error) {
    return error;
  }
  return database.items(TABLE).map((image) => unmarshall(image))[0];
}
const refused = expect.objectContaining({ name: 'TransactionCanceledException' });

describe('a change of the stock', () => {
  it.each([
    ['holds all that is there', { stock: 3, reserved: 0 }, [3, false] as const, { stock: 0, reserved: 3 }],
    ['does not hold more', { stock: 2, reserved: 0 }, [3, false] as const, refused],
    ['releases all that is held', { stock: 0, reserved: 3 }, [-3, false] as const, { stock: 3, reserved: 0 }],
    ['does not release more', { stock: 0, reserved: 2 }, [-3, false] as const, refused],
    [
      'holds up to the limit',
      { stock: 3, reserved: PIECES_MAX - 3 },
      [3, false] as const,
      { stock: 0, reserved: PIECES_MAX },
    ],
    ['does not hold beyond it', { stock: 3, reserved: PIECES_MAX - 2 }, [3, false] as const, refused],
    [
      'releases up to the limit',
      { stock: PIECES_MAX - 3, reserved: 3 },
      [-3, false] as const,
      { stock: PIECES_MAX, reserved: 0 },
    ],
    ['does not release beyond it', { stock: PIECES_MAX - 2, reserved: 3 }, [-3, false] as const, refused],
    [
      'leaves plenty',
      { stock: LOW_STOCK_MAX + 3, reserved: 0 },
      [3, true] as const,
      { stock: LOW_STOCK_MAX },
    ],
    [
      'does not leave less than plenty',
      { stock: LOW_STOCK_MAX + 2, reserved: 0 },
      [3, true] as const,
      refused,
    ],
  ])('%s', (_what, { stock, reserved }, [held, leavesPlenty], expected) => {
    const product = productItem({ stock, reserved, received: Math.min(PIECES_MAX, stock + reserved) });
    expect(changed(product, change(held, leavesPlenty))).toEqual(
      expected === refused ? refused : expect.objectContaining(expected),
    );
  });

  it.each([
    ['held', [1, false] as const],
    ['held of plenty', [1, true] as const],
    ['released', [-1, false] as const],
    ['released to plenty', [-1, true] as const],
  ])(
    'of pieces that are %s names no value that it does not use, which DynamoDB refuses',
    (_what, [held, leavesPlenty]) => {
      const { Update } = change(held, leavesPlenty);
      const expressions = `${Update?.UpdateExpression} ${Update?.ConditionExpression}`;
      const names = new Set(expressions.match(/:\w+/g));
      expect(new Set(Object.keys(Update?.ExpressionAttributeValues ?? {}))).toEqual(names);
    },
  );
});

describe('what a cancelled transaction met', () => {
  it('are other writers', () => {
    const contention = contentionOf(cancelledBy('None', 'TransactionConflict'));
    expect(contention).toMatchObject({ places: new Set([1]), isThrottled: false });
  });

  it('is also a full partition key', () => {
    const contention = contentionOf(cancelledBy('ThrottlingError', 'None', 'TransactionConflict'));
    expect(contention).toMatchObject({ places: new Set([0, 2]), isThrottled: true });
  });

  it.each([
    ['conditions that did not hold', cancelledBy('None', 'ConditionalCheckFailed')],
    ['any other error', new Error('Socket timed out')],
  ])('is nothing for %s', (_what, error) => {
    expect(contentionOf(error)).toBeUndefined();
  });
});
