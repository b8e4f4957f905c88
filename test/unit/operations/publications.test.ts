import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { Publications, readPublications } from '../../../pipelines/operations/publications.ts';
import { clientThat, OPERATIONS_TABLE, operationsTable } from '../../builders/model-table.ts';
import { notificationOfStatus } from '../../builders/notifications.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const clock = { now: () => new Date(NOW) };
const { signal } = new AbortController();
const event = notificationOfStatus('confirmed');
const { orderId } = event.data;
const other = notificationOfStatus('cancelled', { orderId: '01KJMSY7G00000000000000002' });
const settings = { operationsTableName: OPERATIONS_TABLE, clock };
const published = (messageId = 'message-1') => ({ event, messageId });

describe('a publication', () => {
  it('has the message of its event, the order and its version, and the time', async () => {
    const { dynamoDb } = operationsTable();
    await new Publications({ ...settings, dynamoDb }).record([published()], signal);
    const publications = await readPublications({ ...settings, dynamoDb }, orderId);
    expect([...publications]).toEqual([
      [
        event.id,
        expect.objectContaining({
          orderId,
          orderVersion: Number(event.sequence),
          messageId: 'message-1',
          publishedAt: '2026-03-01T12:00:00.000Z',
        }),
      ],
    ]);
  });

  it.each([
    ['400 days', undefined, '2027-04-05T12:00:00.000Z'],
    ['400 days where orders never expire', 0, '2027-04-05T12:00:00.000Z'],
    ['as long as an order that is final within 400 days', 30, '2027-05-05T12:00:00.000Z'],
  ])('is kept for %s', async (_what, orderRetentionDays, until) => {
    const { dynamoDb } = operationsTable();
    await new Publications({
      ...settings,
      dynamoDb,
      ...(orderRetentionDays !== undefined && { orderRetentionDays }),
    }).record([published()], signal);
    const [publication] = (await readPublications({ ...settings, dynamoDb }, orderId)).values();
    expect(publication?.ttl).toBe(Date.parse(until) / 1_000);
  });

  it('is the latest one of an event that was published twice, also in one request', async () => {
    const { dynamoDb } = operationsTable();
    await new Publications({ ...settings, dynamoDb }).record([published(), published('message-2')], signal);
    const [publication] = (await readPublications({ ...settings, dynamoDb }, orderId)).values();
    expect(publication?.messageId).toBe('message-2');
  });
});

describe('publications', () => {
  const both = [published(), { event: other, messageId: 'message-2' }];

  it('are written in one request', async () => {
    const { dynamoDb, send } = operationsTable();
    await new Publications({ ...settings, dynamoDb }).record(both, signal);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('make no request where there are none', async () => {
    const { dynamoDb, send } = operationsTable();
    await new Publications({ ...settings, dynamoDb }).record([], signal);
    expect(send).not.toHaveBeenCalled();
  });

  it('are sent again where the table did not process them', async () => {
    const { database } = operationsTable();
    const sizes: number[] = [];
    const dynamoDb = clientThat(async ({ input }: BatchWriteItemCommand) => {
      const [first, ...rest] = input.RequestItems?.[OPERATIONS_TABLE] ?? [];
      sizes.push(rest.length + 1);
      database.execute(
        new BatchWriteItemCommand({ RequestItems: { [OPERATIONS_TABLE]: first ? [first] : [] } }),
      );
      return { UnprocessedItems: rest.length > 0 ? { [OPERATIONS_TABLE]: rest } : {} };
    });
    await new Publications({ ...settings, dynamoDb }).record(both, signal);
    expect([sizes, database.items(OPERATIONS_TABLE).length]).toEqual([[2, 1], 2]);
  });

  it('fail once their time is over, with what the table did not do', async () => {
    const within = new AbortController();
    const dynamoDb = clientThat(async ({ input }: BatchWriteItemCommand) => {
      setImmediate(() => within.abort(new Error('out of time')));
      return { UnprocessedItems: input.RequestItems };
    });
    await expect(new Publications({ ...settings, dynamoDb }).record(both, within.signal)).rejects.toThrow();
  });

  it('fail with the name of the table where it does not respond', async () => {
    const cause = Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
    const dynamoDb = clientThat(() => Promise.reject(cause));
    await expect(new Publications({ ...settings, dynamoDb }).record(both, signal)).rejects.toMatchObject({
      code: 'operations-table-no-response',
      cause,
    });
  });
});
