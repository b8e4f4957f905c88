import { marshall } from '@aws-sdk/util-dynamodb';
import { IdempotencyKey } from '../../../contracts/api/parameters.ts';
import { OrderItem } from '../../../contracts/entities/order.ts';
import { OrderId, UserId } from '../../../contracts/ids.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { unmarshal } from '../../../pipelines/dynamodb/unmarshal.ts';
import { createOrder } from '../../../pipelines/orders/create-order.ts';
import { reported, sequenceOf } from '../../builders/stream/stream-batch.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { productItem, STATUS_PARTITIONS, userItem } from '../../builders/values/items.ts';
import type { Image } from '../../simulation/models/attribute-value.ts';
import { Database } from '../../simulation/models/table.ts';
import {
  IDEMPOTENCY_SCHEMA,
  IDEMPOTENCY_TABLE,
  OPERATIONS_SCHEMA,
  OPERATIONS_TABLE,
  TABLE,
  TABLE_SCHEMA,
} from '../../simulation/places.ts';
import { Scheduler } from '../../simulation/scheduler.ts';
import { useScheduler } from '../../simulation/virtual-time.ts';
import { clientsOf, type LanesAsked, LIMITS, ourConsumer } from './measure-lanes.ts';
import { plainLoop } from './plain-loop.ts';

/** The write units of one order of two lines, by the API and by the consumer, of all tables and their indexes. */
export interface WriteUnits {
  readonly api: number;
  readonly consumer: number;
  /** The requests of the consumer. */
  readonly requests: number;
  /** By the types of the items and by the indexes; those of the idempotency table, which have no type, by its name. */
  readonly parts: Readonly<Record<string, number>>;
}

/** What is counted. */
export interface WriteUnitSettings {
  /** The pieces of each product; plenty without it. */
  readonly stock?: number;
  /** The most open orders of the user; 0, without it, for no limit. */
  readonly openOrdersMax?: number;
  /** Who has the records; order-events without it. */
  readonly consumer?: LanesAsked['consumer'];
}

const USER = UserId.parse('u-1');
const PLENTY = 1_000_000;

/**
 * Counts the write units of orders of two lines, each placed with an idempotency key. The consumer gets them in batches of `batch`.
 * Each order has two products of its own, so that nothing is saved by what orders share.
 */
export async function measureWriteUnits(
  batch: number,
  { stock = PLENTY, openOrdersMax = 0, consumer = 'order-events' }: WriteUnitSettings,
): Promise<WriteUnits> {
  const scheduler = new Scheduler({ isRecording: false });
  useScheduler(scheduler, 1);
  const orders: Image[] = [];
  const limits = { ...LIMITS, partitionWriteUnits: Number.POSITIVE_INFINITY };
  const database = new Database(
    () => scheduler.nowMs,
    (changes) => {
      for (const { before, after } of changes)
        if (after?.['entityType']?.S === 'Order' && before === undefined) orders.push(after);
    },
    limits,
  );
  database.createTable(TABLE, TABLE_SCHEMA);
  database.createTable(IDEMPOTENCY_TABLE, IDEMPOTENCY_SCHEMA);
  database.createTable(OPERATIONS_TABLE, OPERATIONS_SCHEMA);
  const put = (item: object): void => {
    const image = marshall(item, { removeUndefinedValues: true });
    database.change(TABLE, image, image);
  };
  put(userItem({ userId: USER }));
  const counts = { requests: 0, commits: 0, conflicts: 0 };
  const clients = clientsOf(database, scheduler, counts);
  const work = async (): Promise<WriteUnits> => {
    for (let n = 0; n < batch; n += 1) await place(n);
    const api = database.written.total / batch;
    const sentByApi = counts.requests;
    const invoke = consumer === 'plain loop' ? plainLoop(clients) : ourConsumer(clients);
    const records = orders.map((order) => insertOf(OrderItem.parse(unmarshal({ ...order }))));
    for (let waiting = records; waiting.length > 0; ) {
      const failed = new Set(reported(await invoke(waiting)));
      waiting = waiting.filter((record) => failed.has(sequenceOf(record)));
    }
    const { total, byPart } = database.written;
    const parts = Object.fromEntries([...byPart].map(([part, units]) => [part, units / batch]));
    const requests = (counts.requests - sentByApi) / batch;
    return { api, consumer: total / batch - api, requests, parts };
  };
  const place = async (n: number): Promise<void> => {
    const skus = [`SKU-${n}-1`, `SKU-${n}-2`];
    for (const sku of skus) put(productItem({ sku, stock, received: stock }));
    const newOrderId = () => OrderId.parse(`01KJMSY7G0${String(n).padStart(16, '0')}`);
    const tables = { tableName: TABLE, idempotencyTableName: IDEMPOTENCY_TABLE };
    const deps = { ...clients, ...tables, statusPartitions: STATUS_PARTITIONS, clock, newOrderId };
    const lines = skus.map((sku) => ({ sku, quantity: 1 }));
    const body = { lines, shipTo: { name: 'Ada Example', city: 'Dresden', country: 'Germany' } };
    await createOrder(
      { ...deps, openOrdersMax, orderPiecesMax: 0 },
      {
        caller: USER,
        byOwner: true,
        userId: USER,
        body: body as Parameters<typeof createOrder>[1]['body'],
        idempotencyKey: IdempotencyKey.parse(`order-${n}`),
      },
    );
  };
  const measured = Promise.allSettled([work()]);
  await scheduler.run(() => false);
  const [result] = await measured;
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
