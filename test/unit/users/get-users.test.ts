import {
  type BatchGetItemCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  ThrottlingException,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it, vi } from 'vitest';
import { GetUsersBody } from '../../../contracts/api/users.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { getUsers } from '../../../pipelines/users/read-users.ts';
import { userItem } from '../../builders/values/items.ts';

const users = [userItem({ userId: 'ada' }), userItem({ userId: 'grace' })];
const requested = GetUsersBody.parse({ userIds: ['grace', 'absent', 'ada'] });
const inTime = () => AbortSignal.timeout(10_000);

/** A table that leaves one user unread the first `times` times, and returns the others. */
function tableLeaving(userId: string, times: number) {
  let remainingTimes = times;
  return tableThat(async ({ input }) => {
    const keys = input.RequestItems?.['orders']?.Keys ?? [];
    const unprocessed = remainingTimes > 0 ? keys.filter(({ pk }) => pk?.S === `USER#${userId}`) : [];
    remainingTimes -= 1;
    const read = keys.filter((key) => !unprocessed.includes(key));
    const found = users.filter((user) => read.some(({ pk }) => pk?.S === user.pk));
    return {
      Responses: { orders: found.map((user) => marshall(user)) },
      UnprocessedKeys: unprocessed.length > 0 ? { orders: { Keys: unprocessed } } : {},
    };
  });
}

function tableThat(respond: (command: BatchGetItemCommand) => Promise<object>) {
  const send = vi.fn(respond);
  const logger = { warn: vi.fn(), error: vi.fn() };
  const dynamoDb = Object.assign(new DynamoDBClient({ region: 'eu-central-1' }), { send });
  return { deps: { dynamoDb, tableName: 'orders', clock: systemClock, logger }, send, logger };
}

it('asks again for the users that the table did not process, and for no others', async () => {
  const { deps, send } = tableLeaving('grace', 2);
  const result = await getUsers(deps, requested, inTime());
  expect(result.users.map(({ found }) => found)).toEqual([true, false, true]);
  expect(send.mock.calls.map(([{ input }]) => input.RequestItems?.['orders']?.Keys?.length)).toEqual([
    3, 1, 1,
  ]);
});

it('returns a user that is not read after five retries as unknown, and the others as they are', async () => {
  const { deps, send, logger } = tableLeaving('grace', 9);
  const result = await getUsers(deps, requested, inTime());
  expect(result.users).toMatchObject([
    { userId: 'grace', found: 'unknown', retryable: true },
    { userId: 'absent', found: false },
    { userId: 'ada', found: true },
  ]);
  expect(send).toHaveBeenCalledTimes(6);
  expect(logger.warn).toHaveBeenCalledOnce();
});

it('returns all of a chunk as unknown while the table is throttled', async () => {
  const throttled = new ThrottlingException({ message: 'slow down', $metadata: {} });
  const { deps } = tableThat(async () => Promise.reject(throttled));
  const result = await getUsers(deps, requested, inTime());
  expect(result.users.map(({ found }) => found)).toEqual(['unknown', 'unknown', 'unknown']);
});

it('reads nothing once the time has expired', async () => {
  const { deps, send } = tableLeaving('grace', 0);
  const result = await getUsers(deps, requested, AbortSignal.abort());
  expect(result.users.map(({ found }) => found)).toEqual(['unknown', 'unknown', 'unknown']);
  expect(send).not.toHaveBeenCalled();
});

it('fails when the request can never go through', async () => {
  const absent = new ResourceNotFoundException({ message: 'no table', $metadata: {} });
  const { deps } = tableThat(async () => Promise.reject(absent));
  await expect(getUsers(deps, requested, inTime())).rejects.toBe(absent);
});

it('never asks for the e-mail address', async () => {
  const { deps, send } = tableLeaving('grace', 0);
  await getUsers(deps, requested, inTime());
  expect(JSON.stringify(send.mock.lastCall?.[0].input)).not.toContain('email');
});
