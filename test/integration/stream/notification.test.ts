import { randomUUID } from 'node:crypto';
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  type SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, it } from 'vitest';
import { notificationId, OrderNotification } from '../../../contracts/events/order-notification.ts';
import { type OrderId, versionAfter } from '../../../contracts/ids.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { Publications, readPublications } from '../../../pipelines/operations/publications.ts';
import { OrderNotifications, OrderTopic } from '../../../pipelines/order-events/notification/order-topic.ts';
import type { ChangeOf } from '../../../pipelines/stream/stream-change.ts';
import { orderChange, orderIdOf, orderLife } from '../../builders/stream/order-life.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';
import { eventually } from '../../builders/waiting.ts';
import { localDynamoDb, localSns, localSqs } from '../parts/clients.ts';
import { createOperationsTable } from '../parts/table.ts';

const RECEIVE_MAX = 10;

const dynamoDb = localDynamoDb();
let sns: SNSClient;
let sqs: SQSClient;
let topicArn: string;
let operationsTableName: string;
let topic: OrderTopic;
let notifications: OrderNotifications;

beforeEach(async () => {
  sns = localSns();
  sqs = localSqs();
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: `orders-${randomUUID()}` }));
  topicArn = TopicArn;
  operationsTableName = await createOperationsTable(dynamoDb);
  const publications = new Publications({ dynamoDb, operationsTableName, clock: systemClock });
  topic = new OrderTopic({ sns, topicArn, publications });
  notifications = new OrderNotifications({ topic });
});

/** A subscriber's queue: events arrive as they were published. */
async function subscriber(filterPolicy?: Record<string, readonly string[]>) {
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: `subscriber-${randomUUID()}` }),
  );
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: Attributes?.['QueueArn'],
      Attributes: {
        RawMessageDelivery: 'true',
        ...(filterPolicy && { FilterPolicy: JSON.stringify(filterPolicy) }),
      },
    }),
  );
  const received: OrderNotification[] = [];
  const waitFor = async (count: number): Promise<readonly OrderNotification[]> => {
    await eventually(async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: RECEIVE_MAX }),
      );
      received.push(...Messages.map(({ Body = '' }) => OrderNotification.parse(JSON.parse(Body))));
      expect(received).toHaveLength(count);
    });
    return received;
  };
  return { waitFor };
}

const handle = (change: ChangeOf<'Order'>): Promise<void> =>
  notifications.handle(change, new AbortController().signal);

describe('subscribers', () => {
  it('receive an event for every step of an order, in an order that its sequence shows', async () => {
    const queue = await subscriber();
    for (const change of orderLife(orderItem(), 'confirmed', 'cancelled')) await handle(change);
    const events = [...(await queue.waitFor(4))].sort((a, b) => Number(a.sequence) - Number(b.sequence));
    expect(events.map(({ type }) => type)).toEqual([
      'order.placed',
      'order.status-changed',
      'order.status-changed',
      'order.removed',
    ]);
  });

  it('can discard duplicates by their id', async () => {
    const queue = await subscriber();
    const change = orderChange(insertOf(orderItem()));
    await handle(change);
    await handle(change);
    const [first, second] = await queue.waitFor(2);
    expect(first?.id).toBe(second?.id);
  });

  it('receive only what their filter policy asks for', async () => {
    const [everything, cancellations] = [await subscriber(), await subscriber({ status: ['cancelled'] })];
    for (const change of orderLife(orderItem(), 'confirmed', 'cancelled').slice(0, 3)) await handle(change);
    await everything.waitFor(3);
    const [cancelled] = await cancellations.waitFor(1);
    expect(cancelled).toMatchObject({ type: 'order.status-changed', data: { status: 'cancelled' } });
  });

  it('receive the events of all publishers, or of those that their filter policy asks for', async () => {
    const [everything, large] = [await subscriber(), await subscriber({ type: ['order.high-value'] })];
    const placed = orderItem();
    const highValue = new OrderNotifications({ topic, highValueThreshold: placed.total });
    await highValue.handle(orderChange(insertOf(placed)), new AbortController().signal);
    const types = (await everything.waitFor(2)).map(({ type }) => type);
    expect(types.toSorted()).toEqual(['order.high-value', 'order.placed']);
    const [event] = await large.waitFor(1);
    expect(event).toMatchObject({ type: 'order.high-value', data: { threshold: placed.total } });
    const publications = await readPublications({ dynamoDb, operationsTableName }, placed.orderId);
    expect(publications.size).toBe(2);
  });

  it('receive all of a batch of 25', async () => {
    const queue = await subscriber();
    const orderIds = Array.from({ length: 25 }, (_, index) => orderIdOf(index));
    await Promise.all(orderIds.map((orderId) => handle(orderChange(insertOf(orderItem({ orderId }))))));
    const events = await queue.waitFor(25);
    expect(events.map(({ subject }) => String(subject)).sort()).toEqual(orderIds);
  });
});

describe('what the topic has accepted', () => {
  const published = (orderId: OrderId) => readPublications({ dynamoDb, operationsTableName }, orderId);

  it('is recorded by the event, with the id that SNS gave it and the time', async () => {
    const order = orderItem();
    const before = systemClock.now().toISOString();
    for (const change of orderLife(order, 'confirmed').slice(0, 2)) await handle(change);
    const publications = [...(await published(order.orderId))];
    expect(publications.map(([eventId]) => eventId)).toEqual([
      notificationId(order.orderId, order.version, 'order.placed'),
      notificationId(order.orderId, versionAfter(order.version), 'order.status-changed'),
    ]);
    for (const [, { messageId, publishedAt }] of publications) {
      expect(messageId).toMatch(/^[0-9a-f-]{36}$/);
      expect(publishedAt >= before).toBe(true);
    }
  });

  it('is not recorded of an event that the topic does not accept', async () => {
    const order = orderItem();
    await sns.send(new DeleteTopicCommand({ TopicArn: topicArn }));
    await expect(handle(orderChange(insertOf(order)))).rejects.toMatchObject({ code: 'topic-missing' });
    expect(await published(order.orderId)).toEqual(new Map());
  });

  it('fails its record where it cannot be recorded, so that it comes again', async () => {
    const publications = new Publications({
      dynamoDb,
      operationsTableName: 'no-such-table',
      clock: systemClock,
    });
    const unrecorded = new OrderNotifications({ topic: new OrderTopic({ sns, topicArn, publications }) });
    await expect(
      unrecorded.handle(orderChange(insertOf(orderItem())), new AbortController().signal),
    ).rejects.toMatchObject({ code: 'operations-table-missing' });
  });
});
