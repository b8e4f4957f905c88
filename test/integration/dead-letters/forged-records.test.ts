import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { AuthorizationErrorException } from '@aws-sdk/client-sns';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ReplayStep } from '../../../contracts/api/dead-letters.ts';
import { countedOrderKey } from '../../../contracts/entities/counted-order.ts';
import { OrderItem } from '../../../contracts/entities/order.ts';
import { productKey } from '../../../contracts/entities/product.ts';
import { reservationKey } from '../../../contracts/entities/reservation.ts';
import { parseJson } from '../../../contracts/reading.ts';
import { replay } from '../../../infra/ops/commands/dlq/replay.ts';
import { deadLetterDeps } from '../../../infra/ops/commands/dlq/selection.ts';
import type { OpsTarget } from '../../../infra/ops/target/ops-target.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { replayAutomatically } from '../../../pipelines/dead-letters/replay/automatic-replay.ts';
import { orderEventsConsumer } from '../../../pipelines/order-events/order-events.ts';
import { orderHandlers } from '../../../pipelines/order-events/order-handlers.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import {
  deadLetterOf,
  objectCreated,
  onFailureOf,
  ownPlaces,
} from '../../builders/dead-letters/dead-letters.ts';
import { withStatus } from '../../builders/stream/order-life.ts';
import { keptLog } from '../../builders/stream/stream-batch.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem, productItem } from '../../builders/values/items.ts';
import { localDynamoDb, localS3 } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { opsTarget, readQueues, runCommand } from './ops-target.ts';

const bucket = `letters-${randomUUID()}`;
const transient = { code: 'sink-unavailable', message: 'The table did not respond', issues: [] };
const stored = productItem({ sku: 'SKU-1', stock: 10, reserved: 0, received: 10 });
const { signal } = new AbortController();

let table: TestTable;
let target: OpsTarget;
let published: number;
/** An order that the consumer has handled. */
let order: OrderItem;

beforeAll(async () => {
  table = new TestTable(localDynamoDb(), await createTestTable(localDynamoDb()));
  await localS3().send(new CreateBucketCommand({ Bucket: bucket }));
});
beforeEach(async () => {
  target = await opsTarget(table.tableName, bucket);
  await table.put(stored);
  order = OrderItem.parse(orderItem({ orderId: ulid(), userId: `u-${ulid()}`, version: 1_000 }));
  await table.put(order);
  await handled(insertOf(order));
  published = 0;
  target.sns.middlewareStack.add(
    (next) => (args) => {
      published += 1;
      return next(args);
    },
    { step: 'initialize' },
  );
});

/** As the stream's consumer handles a record: its images are genuine. */
const handled = (record: unknown) =>
  orderEventsConsumer(orderHandlers({ ...target, ...target.resources, clock })).handle(
    decodeChange(record),
    signal,
  );
const send = (body: object) =>
  target.sqs.send(
    new SendMessageCommand({
      QueueUrl: target.resources.consumers['order-events'].deadLetterQueueUrl,
      MessageBody: JSON.stringify(body),
    }),
  );
/** What stock, stats and events of the order are, and what the topic got since. */
const state = async () => [
  await table.get(productKey(stored.sku)),
  await table.get(reservationKey(order.orderId)),
  await table.get(countedOrderKey(order.orderId)),
  published,
];
async function replayed(): Promise<ReplayStep['failures'][number]['reason'][]> {
  await readQueues(target);
  const options = { parked: false, args: [], dryRun: false, rate: 1_000 };
  const { text } = await runCommand(target, replay, options, true);
  return parseJson(ReplayStep, text).failures.map(({ reason }) => reason);
}

describe('a dead letter of a record that the table does not know', () => {
  const cancelled = () => withStatus(order, 'cancelled');
  const sameVersion = (changed: OrderItem): OrderItem => ({ ...changed, version: order.version });
  const moreOf = (one: OrderItem): OrderItem =>
    OrderItem.parse({ ...one, lines: one.lines.map((line) => ({ ...line, quantity: 7 })) });
  const forged: Readonly<Record<string, () => object | Promise<object>>> = {
    'cancels an order that is placed': () => modifyOf(order, cancelled()),
    'says so of its version': () => modifyOf(order, sameVersion(cancelled())),
    'removes an order that is there': () => removeOf(order),
    'removes it in a version that it has passed': async () => {
      const confirmed = withStatus(order, 'confirmed');
      await table.put(confirmed);
      await handled(modifyOf(order, confirmed));
      published = 0;
      return removeOf(order);
    },
    'cancels it in a version that it has passed': async () => {
      const confirmed = withStatus(order, 'confirmed');
      const shipped = withStatus(confirmed, 'shipped');
      await table.put(shipped);
      await handled(modifyOf(order, confirmed));
      await handled(modifyOf(confirmed, shipped));
      published = 0;
      return modifyOf(order, cancelled());
    },
    'changes what it holds': () => modifyOf(order, moreOf(order)),
  };

  it.each(Object.entries(forged))('that %s fails, and changes nothing', async (_, record) => {
    await send(deadLetterOf(await record(), { reason: transient }));
    const before = await state();
    expect(await replayed()).toEqual(['record-not-of-table']);
    expect(await state()).toEqual(before);
  });

  it('of an order that never was holds no stock', async () => {
    order = OrderItem.parse(orderItem({ orderId: ulid(), userId: 'nobody' }));
    await send(deadLetterOf(insertOf(order), { reason: transient }));
    const before = await state();
    expect(await replayed()).toEqual(['removal-not-processed']);
    expect(await state()).toEqual(before);
  });

  it('in a batch in the bucket becomes a dead letter, also by the automatic replay', async () => {
    const key = `aws/lambda/${randomUUID()}`;
    const batch = onFailureOf({ batchSize: 1 }, { Records: [modifyOf(order, cancelled())] });
    await target.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(batch) }));
    await send(objectCreated(bucket, key));
    const before = await state();
    const { queueUrls, parkedQueueUrl, consumers, store } = deadLetterDeps(target);
    const options = {
      ...{ ...target, ...ownPlaces(bucket), clock, store, parkedQueueUrl, signal, attemptsMax: 5 },
      consumers: consumers.waiting,
      actor: 'automatic replay',
      logger: keptLog(),
      queues: [{ queueUrl: queueUrls['order-events'], consumer: 'order-events' as const }],
      rateLimiter: { acquire: async () => undefined },
    };
    expect((await replayAutomatically(options)).outcomes).toEqual({ failed: 1 });
    expect(await state()).toEqual(before);
    // Only a person takes it up again.
    expect((await replayAutomatically(options)).outcomes).toEqual({});
  });
});

describe('a dead letter of a genuine record', () => {
  it('is replayed when its order has changed since', async () => {
    const confirmed = withStatus(order, 'confirmed');
    await table.put(withStatus(confirmed, 'shipped'));
    await send(deadLetterOf(modifyOf(order, confirmed), { reason: transient }));
    expect(await replayed()).toEqual([]);
    expect(await table.get(countedOrderKey(order.orderId))).toMatchObject({
      orderVersion: confirmed.version,
    });
  });

  it('is replayed when a later one was handled first', async () => {
    const confirmed = withStatus(order, 'confirmed');
    const shipped = withStatus(confirmed, 'shipped');
    await table.put(shipped);
    await handled(modifyOf(confirmed, shipped));
    published = 0;
    await send(deadLetterOf(modifyOf(order, confirmed), { reason: transient }));
    expect(await replayed()).toEqual([]);
    expect(published).toBe(1);
  });

  it('is replayed when its order is deleted, after the removal', async () => {
    const gone = OrderItem.parse(orderItem({ orderId: ulid(), userId: `u-${ulid()}` }));
    await send(deadLetterOf(insertOf(gone), { reason: transient }));
    expect(await replayed()).toEqual(['removal-not-processed']);
    await send(deadLetterOf(removeOf(gone), { reason: transient }));
    await replayed();
    expect(await replayed()).toEqual([]);
    expect(await table.get(reservationKey(gone.orderId))).toMatchObject({ state: 'RELEASED', lines: [] });
  });
});

describe('a replay by a role that the stack does not know', () => {
  it('says which parameter names the role', async () => {
    const denied = new AuthorizationErrorException({
      message: 'explicit deny in a resource-based policy',
      $metadata: { httpStatusCode: 403 },
    });
    target.sns.middlewareStack.add(() => () => Promise.reject(denied), { step: 'initialize' });
    await send(deadLetterOf(insertOf(order), { reason: transient }));
    await readQueues(target);
    const options = { parked: false, args: [], dryRun: false, rate: 1_000 };
    const { text } = await runCommand(target, replay, options, false);
    expect(text).toContain('the role of its parameter OperatorRoleArn');
  });
});
