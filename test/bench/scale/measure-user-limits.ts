import { marshall } from '@aws-sdk/util-dynamodb';
import type { CreateOrderBody } from '../../../contracts/api/orders.ts';
import { OrderId, UserId } from '../../../contracts/ids.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { writeRate } from '../../../pipelines/limits/write-rate.ts';
import { createOrder } from '../../../pipelines/orders/create-order.ts';
import { productItem, STATUS_PARTITIONS, userItem } from '../../builders/values/items.ts';
import { Database } from '../../simulation/models/table.ts';
import { IDEMPOTENCY_SCHEMA, IDEMPOTENCY_TABLE, TABLE, TABLE_SCHEMA } from '../../simulation/places.ts';
import { Scheduler } from '../../simulation/scheduler.ts';
import { useScheduler } from '../../simulation/virtual-time.ts';
import { clientsOf, LIMITS } from './measure-lanes.ts';

/** Orders that one user sends at once, and the limits of the user. */
export interface OrdersAtOnce {
  readonly requests: number;
  readonly openOrdersMax: number;
  readonly writesPerMinute: number;
}

/** What became of them. */
export interface UserLimitsMeasured {
  readonly placed: number;
  /** How many were refused, by the code of the error. */
  readonly refused: Readonly<Record<string, number>>;
  readonly conflicts: number;
}

const USER = UserId.parse('u-1');

/** Sends the orders with the contention and the limits of AWS. Virtual time must be installed; one run at a time. */
export async function measureUserLimits(asked: OrdersAtOnce): Promise<UserLimitsMeasured> {
  const scheduler = new Scheduler({ isRecording: false });
  useScheduler(scheduler, 1);
  const database = new Database(
    () => scheduler.nowMs,
    () => undefined,
    LIMITS,
  );
  database.createTable(TABLE, TABLE_SCHEMA);
  database.createTable(IDEMPOTENCY_TABLE, IDEMPOTENCY_SCHEMA);
  for (const item of [userItem({ userId: USER }), productItem({ sku: 'chair' })]) {
    const image = marshall(item, { removeUndefinedValues: true });
    database.change(TABLE, image, image);
  }
  const counts = { requests: 0, commits: 0, conflicts: 0 };
  const deps = {
    ...clientsOf(database, scheduler, counts),
    ...{ tableName: TABLE, idempotencyTableName: IDEMPOTENCY_TABLE, clock },
    ...{ statusPartitions: STATUS_PARTITIONS, orderPiecesMax: 0, openOrdersMax: asked.openOrdersMax },
  };
  const takeWriteToken = writeRate({ ...deps, writesPerMinute: asked.writesPerMinute });
  const body = {
    lines: [{ sku: 'chair', quantity: 1 }],
    shipTo: { name: 'Ada Example', city: 'Dresden', country: 'Germany' },
  } as CreateOrderBody;
  let ids = 0;
  const newOrderId = () => {
    ids += 1;
    return OrderId.parse(`01KJMSY7G0${String(ids).padStart(16, '0')}`);
  };
  const send = async (): Promise<void> => {
    await takeWriteToken(USER);
    await createOrder(
      { ...deps, newOrderId },
      { userId: USER, body, idempotencyKey: undefined, caller: USER, byOwner: true },
    );
  };
  const sent = Promise.allSettled(Array.from({ length: asked.requests }, send));
  await scheduler.run(() => false);
  const failures = (await sent).flatMap((one) =>
    one.status === 'rejected' ? [String(one.reason.name)] : [],
  );
  return {
    placed: database.items(TABLE).filter(({ entityType }) => entityType?.S === 'Order').length,
    refused: Object.fromEntries(
      [...Map.groupBy(failures, (name) => name)].map(([name, { length }]) => [name, length]),
    ),
    conflicts: counts.conflicts,
  };
}
