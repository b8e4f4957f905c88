import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { ImportedOrder } from '../../contracts/api/imported-order.ts';
import type { OrderItem } from '../../contracts/items/order.ts';
import { parse, read } from '../../contracts/reading.ts';
import { type Clock, instantOf } from '../core/clock.ts';
import { ConditionsFailedError, commit, putNew } from '../core/commit.ts';
import { importedOrderId } from './imported-order-id.ts';
import { newOrder } from './new-order.ts';

export interface ImportOrderDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/**
 * What has become of an order: there was none; it was there; or another one was there that is recognised as the same, with
 * other lines, currency or address, and it was left as it is.
 */
export type ImportResult = 'written' | 'already-there' | 'differs';

/**
 * Writes an order of another system, with that system's prices and date, unless it has been imported before. It is
 * recognised by user, source id and date together, which its order id is made of.
 */
export async function importOrder(deps: ImportOrderDeps, source: ImportedOrder): Promise<ImportResult> {
  const { placedAt, ...content } = source;
  const order = newOrder({
    ...content,
    orderId: importedOrderId(source.userId, source.sourceId, placedAt),
    createdAt: placedAt,
    updatedAt: instantOf(deps.clock.now()),
    version: deps.clock.firstVersion(),
  });
  try {
    await commit(deps.dynamoDb, [putNew(deps.tableName, order)]);
    return 'written';
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    return isSameContent(error.itemFoundBy(0), order) ? 'already-there' : 'differs';
  }
}

/** What never changes of an order once it is placed. */
const Content = z.object({ lines: z.unknown(), currency: z.unknown(), shipTo: z.unknown() });

const isSameContent = (there: unknown, order: OrderItem): boolean =>
  isDeepStrictEqual(read(Content, there).data, parse(Content, order));
