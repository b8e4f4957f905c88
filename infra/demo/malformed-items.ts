import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { totalSortKey } from '../../contracts/entities/order.ts';
import { OrderId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { orderAttributes } from '../local/chaos/broken-items.ts';

/** An item that violates the contract, as a writer other than the write API might put it into the table. */
export interface MalformedItem {
  readonly what: string;
  readonly item: Record<string, AttributeValue>;
}

/** Near DynamoDB's limit of 400 KB, which includes the item's copy in a local secondary index. This item is in no such index. */
const LARGE_ATTRIBUTE_CHARACTERS = 399_000;

/** One item for each kind of violation. Each must arrive on the dead-letter queue of both consumers. */
export function malformedItems(): readonly MalformedItem[] {
  const without = (...names: readonly string[]): Record<string, unknown> =>
    Object.fromEntries(Object.entries(order(ids.next())).filter(([name]) => !names.includes(name)));
  const ids = orderIds();
  return [
    { what: 'a total that is a string', item: marshall({ ...order(ids.next()), total: '2500' }) },
    { what: 'no lines', item: marshall(without('lines')) },
    { what: 'an unknown entityType', item: marshall({ ...order(ids.next()), entityType: 'Voucher' }) },
    { what: 'no entityType', item: marshall(without('entityType')) },
    { what: 'an entityType that is a number', item: marshall({ ...order(ids.next()), entityType: 7 }) },
    {
      what: 'a key of a foreign shape',
      item: marshall({ ...order(ids.next()), pk: 'LEGACY-4711', sk: 'ROW-1' }),
    },
    {
      what: 'a number outside the safe range',
      item: { ...marshall(order(ids.next())), total: { N: '90071992547409931' } },
    },
    {
      what: 'a total that is not the sum of its lines',
      item: marshall({ ...order(ids.next()), total: 1, LSI1SK: totalSortKey(1) }),
    },
    {
      what: 'the type of an item that consumers write, under the key of an order',
      item: marshall({ ...order(ids.next()), entityType: 'Reservation' }),
    },
    {
      what: 'almost 400 KB',
      item: marshall({ ...without('lines', 'LSI1SK'), note: 'x'.repeat(LARGE_ATTRIBUTE_CHARACTERS) }),
    },
  ];
}

function* counting(): Generator<string, never> {
  for (let place = 1; ; place += 1) yield `01KJMSY7G1${String(place).padStart(16, '0')}`;
}

function orderIds(): { next(): OrderId } {
  const ids = counting();
  return { next: () => parse(OrderId, ids.next().value) };
}

const order = (orderId: OrderId): Record<string, unknown> =>
  orderAttributes(orderId, new Date('2026-03-01T12:00:00.000Z'));
