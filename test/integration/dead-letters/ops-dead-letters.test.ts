import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { DeadLetterList, DeadLetterReplay } from '../../../contracts/api/operators.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import {
  findDeadLetter,
  listOfAllConsumers,
  summaryOf,
} from '../../../pipelines/dead-letters/list/list-all-consumers.ts';
import { replayById } from '../../../pipelines/dead-letters/replay/replay-by-id.ts';
import { DeadLetterStore } from '../../../pipelines/operations/dead-letter-store.ts';
import { NotFoundError } from '../../../pipelines/request-errors.ts';
import { deadLetterOf } from '../../builders/dead-letters/dead-letters.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';
import { localDynamoDb, localDynamoDbStreams, localS3, localSqs } from '../parts/clients.ts';
import { createOperationsTable } from '../parts/table.ts';

const sqs = localSqs();
const s3 = localS3();
const { signal } = new AbortController();
let deps: Parameters<typeof replayById>[0];
let replayed: unknown[];
let store: DeadLetterStore;

beforeAll(async () => {
  const dynamoDb = localDynamoDb();
  store = new DeadLetterStore({
    dynamoDb,
    operationsTableName: await createOperationsTable(dynamoDb),
    clock,
  });
});

beforeEach(async () => {
  replayed = [];
  const [orderEvents = '', searchIndex = ''] = await Promise.all(
    ['events', 'search'].map(async (name) => {
      const queue = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-${randomUUID()}` }));
      return queue.QueueUrl ?? '';
    }),
  );
  const consumer = {
    replayRecord: async (record: unknown) => {
      replayed.push(record);
      return 'replayed' as const;
    },
    deadLetters: { accept: async () => Promise.reject(new Error('Nothing fails here')) },
  };
  deps = {
    ...{ sqs, s3, clock, streams: localDynamoDbStreams(), store },
    consumers: { 'order-events': consumer, 'search-index': consumer },
    queueUrls: { 'order-events': orderEvents, 'search-index': searchIndex },
  };
});

async function sendDeadLetter(consumer: 'order-events' | 'search-index'): Promise<string> {
  const deadLetter = deadLetterOf(insertOf(orderItem({ orderId: ulid() })), { consumer });
  const { MessageId = '' } = await sqs.send(
    new SendMessageCommand({ QueueUrl: deps.queueUrls[consumer], MessageBody: JSON.stringify(deadLetter) }),
  );
  return MessageId;
}

it('lists the dead letters of the requested consumers, any number of times', async () => {
  const [ofEvents, ofSearch] = [await sendDeadLetter('order-events'), await sendDeadLetter('search-index')];
  for (let look = 0; look < 2; look += 1) {
    const { deadLetters, isCutShort } = DeadLetterList.parse(
      await listOfAllConsumers(deps, ['order-events', 'search-index'], signal),
    );
    expect(deadLetters.map(({ consumer, messageId }) => [consumer, messageId])).toEqual([
      ['order-events', ofEvents],
      ['search-index', ofSearch],
    ]);
    expect(isCutShort).toBe(false);
  }
  expect((await listOfAllConsumers(deps, ['search-index'], signal)).deadLetters).toHaveLength(1);
});

it('finds one dead letter among others', async () => {
  const messageId = await sendDeadLetter('order-events');
  await sendDeadLetter('order-events');
  const deadLetter = await findDeadLetter(deps, { consumer: 'order-events', messageId }, signal);
  expect(summaryOf(deadLetter, 'order-events')).toMatchObject({
    messageId,
    kind: 'record',
    entities: ['Order'],
  });
});

it('replays the one dead letter that is named, once', async () => {
  const messageId = await sendDeadLetter('order-events');
  await sendDeadLetter('order-events');
  const address = { consumer: 'order-events', messageId, actor: 'ada' } as const;
  const result = DeadLetterReplay.parse(await replayById(deps, address, signal));
  expect(result).toEqual({ outcome: 'replayed', records: { replayed: 1, itemDeleted: 0, failed: 0 } });
  expect(replayed).toHaveLength(1);
  await expect(replayById(deps, address, signal)).rejects.toThrow(NotFoundError);
  expect((await listOfAllConsumers(deps, ['order-events'], signal)).deadLetters).toHaveLength(1);
});

it('does not find a dead letter that is on no queue', async () => {
  const address = { consumer: 'order-events', messageId: randomUUID() } as const;
  await expect(findDeadLetter(deps, address, signal)).rejects.toThrow(NotFoundError);
});
