import { randomUUID } from 'node:crypto';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { OrderNotification } from '../../../contracts/events/order-notification.ts';
import { output } from '../../../infra/ops/command-line/output.ts';
import { listActivity } from '../../../infra/ops/commands/activity.ts';
import { BackfillArguments, QueueRegionError, runBackfill } from '../../../infra/ops/commands/backfill.ts';
import type { OpsTarget } from '../../../infra/ops/target/ops-target.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { commit, putNew } from '../../../pipelines/dynamodb/commit.ts';
import { Publications } from '../../../pipelines/operations/publications.ts';
import { lifecycleEvent } from '../../../pipelines/order-events/notification/order-lifecycle.ts';
import { OrderNotifications, OrderTopic } from '../../../pipelines/order-events/notification/order-topic.ts';
import { orderIdOf, orderLife, withStatus } from '../../builders/stream/order-life.ts';
import { orderItem } from '../../builders/values/items.ts';
import { eventually } from '../../builders/waiting.ts';
import { opsTarget, runCommand } from '../dead-letters/ops-target.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';

const ORDERS = 40;
const EVENTS = 3 * ORDERS;
const FILTERS = { rate: 1_000, dryRun: false, restart: false };
let target: OpsTarget;
let fromTheStart: Awaited<ReturnType<typeof newQueue>>;

/** A queue that is subscribed to the topic now. */
async function newQueue() {
  const { sqs, sns, resources } = target;
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: `subscriber-${randomUUID()}` }),
  );
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const arn = Attributes['QueueArn'] ?? '';
  const [region = '', account = '', name = ''] = arn.split(':').slice(3);
  await sns.send(
    new SubscribeCommand({
      TopicArn: resources.topicArn,
      Protocol: 'sqs',
      Endpoint: arn,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  const receive = async (count: number): Promise<readonly OrderNotification[]> => {
    const received: OrderNotification[] = [];
    await eventually(async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      for (const { Body = '', ReceiptHandle } of Messages) {
        received.push(OrderNotification.parse(JSON.parse(Body)));
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
      expect(new Set(received.map(({ id }) => id)).size).toBe(count);
    });
    return received;
  };
  return { queue: { arn, region, account, name }, receive };
}

/** Each event once, without the mark of a replay, by its id. */
const byId = (events: readonly OrderNotification[]): ReadonlyMap<string, OrderNotification> =>
  new Map(
    events
      .map(({ replayed: _, ...event }) => [event.id, OrderNotification.parse(event)] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );

const json = (text: string) => JSON.parse(text);
const argumentsWith = (more: object) => BackfillArguments.parse({ ...FILTERS, ...more });

beforeAll(async () => {
  const dynamoDb = localDynamoDb();
  const system = await opsTarget(await createTestTable(dynamoDb), 'no-bucket');
  target = { ...system, resources: { ...system.resources, schemaBaseUrl: 'https://api.shop.example' } };
  fromTheStart = await newQueue();
  const { operationsTableName, tableName, topicArn, schemaBaseUrl } = target.resources;
  const publications = new Publications({ dynamoDb, operationsTableName, clock });
  const notifications = new OrderNotifications({
    topic: new OrderTopic({ sns: target.sns, topicArn, schemaBaseUrl, publications }),
  });
  const { signal } = new AbortController();
  await Promise.all(
    Array.from({ length: ORDERS }, async (_, n) => {
      const order = orderItem({ orderId: orderIdOf(n), userId: `u-${n % 7}` });
      const life = orderLife(order, 'confirmed', 'shipped').slice(0, -1);
      for (const change of life) await notifications.handle(change, signal);
      const last = life.at(-1);
      if (last?.kind === 'MODIFY') await commit(dynamoDb, [putNew(tableName, last.newItem)]);
    }),
  );
});

describe('the backfill of a new queue', () => {
  it('is complete after an interruption and another run: the queue has the events of a queue that listened from the start', async () => {
    const { queue, receive } = await newQueue();
    const interrupted = new AbortController();
    const { sqs } = target;
    let accepted = 0;
    const send = async (command: unknown): Promise<unknown> => {
      const response = await Reflect.apply(sqs.send, sqs, [command]);
      if (command instanceof SendMessageBatchCommand) accepted += command.input.Entries?.length ?? 0;
      if (accepted >= EVENTS / 2) interrupted.abort();
      return response;
    };
    const interruptedTarget = { ...target, sqs: Object.assign(Object.create(sqs), { send }) };
    const first = runBackfill(
      { target: interruptedTarget, out: output(true, () => undefined), signal: interrupted.signal },
      argumentsWith({ queue }),
    );
    await expect(first).rejects.toThrow();

    const again = await runCommand(target, runBackfill, argumentsWith({ queue }), true);
    expect(again.code).toBe(0);
    expect(json(again.text)).toMatchObject({ orders: ORDERS, pending: [], partial: 0, currentOnly: 0 });

    const received = await receive(EVENTS);
    expect(new Set(received.map(({ replayed }) => replayed))).toEqual(new Set([true]));
    expect(byId(received)).toEqual(byId(await fromTheStart.receive(EVENTS)));
  });

  it('sends only what the filters match, and counts the rest', async () => {
    const { queue, receive } = await newQueue();
    const filters = argumentsWith({ queue, type: ['order.status-changed'], status: ['shipped'] });
    const { text } = await runCommand(target, runBackfill, filters, true);
    expect(json(text)).toMatchObject({ sent: ORDERS, filtered: EVENTS - ORDERS });
    const received = await receive(ORDERS);
    expect(new Set(received.map(({ data }) => data.status))).toEqual(new Set(['shipped']));
  });

  it('counts in a dry run, and sends and remembers nothing', async () => {
    const { queue } = await newQueue();
    const dry = await runCommand(target, runBackfill, argumentsWith({ queue, dryRun: true }), true);
    expect(json(dry.text)).toMatchObject({ sent: EVENTS, dryRun: true });
    const wet = await runCommand(target, runBackfill, argumentsWith({ queue }), true);
    expect(json(wet.text)).toMatchObject({ sent: EVENTS, isContinued: false });
  });

  it('is in the activity log, with who ran it, the queue and what was sent', async () => {
    const { queue } = await newQueue();
    await runCommand(target, runBackfill, argumentsWith({ queue }), true);
    const { text } = await runCommand(target, listActivity, { limit: 1 }, true);
    expect(json(text).entries).toEqual([
      expect.objectContaining({
        by: 'ada',
        action: 'backfill',
        target: queue.arn,
        outcome: 'done',
        detail: `${EVENTS} events of ${ORDERS} orders sent, 0 orders pending`,
      }),
    ]);
  });

  it('that began again and was interrupted goes on without --restart, and its totals are those of all runs', async () => {
    const { queue } = await newQueue();
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    const { sqs } = target;
    const interrupted = new AbortController();
    const send = async (command: unknown): Promise<unknown> => {
      if (command instanceof SendMessageBatchCommand) interrupted.abort();
      return Reflect.apply(sqs.send, sqs, [command]);
    };
    const interruptedTarget = { ...target, sqs: Object.assign(Object.create(sqs), { send }) };
    const first = runBackfill(
      { target: interruptedTarget, out: output(true, () => undefined), signal: interrupted.signal },
      argumentsWith({ queue, restart: true }),
    );
    await expect(first).rejects.toThrow();
    const said = printed.mock.calls.join();
    printed.mockRestore();
    expect(said).toMatch(/without --restart/);
    const { text } = await runCommand(target, runBackfill, argumentsWith({ queue }), false);
    expect(text).toMatch(/continued; totals of all runs/);
  });

  it('is refused for a queue of another region', async () => {
    const { queue } = await newQueue();
    const elsewhere = argumentsWith({ queue: { ...queue, region: 'ap-south-2' } });
    await expect(runCommand(target, runBackfill, elsewhere, true)).rejects.toBeInstanceOf(QueueRegionError);
  });
});

describe('the backfill of orders of which not all is known', () => {
  /** A system of its own, whose table has this order, and whose topic has published these of its events. */
  async function systemWith(order: OrderItem, events: readonly OrderNotification[]): Promise<OpsTarget> {
    const dynamoDb = localDynamoDb();
    const system = await opsTarget(await createTestTable(dynamoDb), 'no-bucket');
    const { operationsTableName, tableName } = system.resources;
    const publications = new Publications({ dynamoDb, operationsTableName, clock });
    const { signal } = new AbortController();
    await publications.record(
      events.map((event) => ({ event, messageId: 'm' })),
      signal,
    );
    await commit(dynamoDb, [putNew(tableName, order)]);
    return system;
  }

  it('counts an order whose first events have expired, and shows the count', async () => {
    const order = orderItem();
    const [, ...later] = orderLife(order, 'confirmed', 'shipped')
      .slice(0, -1)
      .flatMap((change) => lifecycleEvent(change) ?? []);
    const system = await systemWith(withStatus(withStatus(order, 'confirmed'), 'shipped'), later);
    const { queue } = await newQueue();
    const json = await runCommand(system, runBackfill, argumentsWith({ queue, dryRun: true }), true);
    expect(JSON.parse(json.text)).toMatchObject({ orders: 1, sent: 2, partial: 1, currentOnly: 0 });
    const { text } = await runCommand(system, runBackfill, argumentsWith({ queue, dryRun: true }), false);
    expect(text).toMatch(/partial/);
  });
});
