import {
  type BatchExecuteStatementCommand,
  DynamoDBClient,
  ProvisionedThroughputExceededException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { expect, it, vi } from 'vitest';
import { insertItems } from '../../../pipelines/dynamodb/insert-items.ts';
import { userItem } from '../../builders/values/items.ts';

const users = Array.from({ length: 60 }, (_, index) => userItem({ userId: `u-${index}` }));
const failed = { outcome: 'failed', retryable: true };

function tableThat(respond: (command: BatchExecuteStatementCommand) => Promise<object>) {
  const send = vi.fn(respond);
  const logger = { warn: vi.fn(), error: vi.fn() };
  const dynamoDb = Object.assign(new DynamoDBClient({ region: 'eu-central-1' }), { send });
  return { deps: { dynamoDb, tableName: 'orders', logger }, send, logger };
}
const outcomesOf = async (...args: Parameters<typeof insertItems>) =>
  (await insertItems(...args)).map(({ outcome }) => outcome);

it('sends nothing once the time has expired, and returns every item as failed', async () => {
  const { deps, send } = tableThat(async () => ({}));
  expect(await outcomesOf(deps, users, AbortSignal.abort())).toEqual(users.map(() => failed));
  expect(send).not.toHaveBeenCalled();
});

it('returns the items of a request that hangs until the time expires as failed, and those done before as created', async () => {
  const controller = new AbortController();
  const { deps, send } = tableThat(async ({ input: { Statements = [] } }) => {
    if (send.mock.calls.length < 3) return { Responses: Statements.map(() => ({})) };
    controller.abort();
    throw new DOMException('Request aborted', 'AbortError');
  });
  const outcomes = await outcomesOf(deps, users, controller.signal);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    ...users.slice(0, 50).map(() => 'created'),
    ...users.slice(50).map(() => 'failed'),
  ]);
});

it('returns the items of a request that is throttled as one as failed', async () => {
  const throttled = new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });
  const { deps, send, logger } = tableThat(async () => Promise.reject(throttled));
  expect(await outcomesOf(deps, users.slice(0, 2), AbortSignal.timeout(10_000))).toEqual([failed, failed]);
  expect(send).toHaveBeenCalledTimes(6);
  expect(logger.warn).toHaveBeenCalledWith(expect.any(String), { items: 2, kinds: ['throttled'] });
});

it('counts a statement without a response as not done', async () => {
  const { deps, send } = tableThat(async ({ input: { Statements = [] } }) => ({
    Responses: Statements.slice(0, 1).map(() => ({})),
  }));
  const outcomes = await outcomesOf(deps, users.slice(0, 2), AbortSignal.timeout(10_000));
  expect(outcomes).toEqual([{ outcome: 'created' }, { outcome: 'created' }]);
  expect(send).toHaveBeenCalledTimes(2);
});

it('fails when the request can never go through, once every chunk has ended', async () => {
  const absent = new ResourceNotFoundException({ message: 'no table', $metadata: {} });
  const { deps, send } = tableThat(async () => Promise.reject(absent));
  await expect(insertItems(deps, users, AbortSignal.timeout(10_000))).rejects.toBe(absent);
  expect(send).toHaveBeenCalledTimes(3);
});

it('puts no value into a statement', async () => {
  const { deps, send } = tableThat(async ({ input: { Statements = [] } }) => ({
    Responses: Statements.map(() => ({})),
  }));
  const user = userItem({ name: "Ada'}; --", segment: '?' });
  await insertItems(deps, [user], AbortSignal.timeout(10_000));
  const statement = send.mock.lastCall?.[0].input.Statements?.[0];
  expect(statement?.Statement).toMatch(/^INSERT INTO "orders" VALUE \{('\w+': \?(, )?)+\}$/);
  expect(statement?.Parameters).toContainEqual({ S: user.name });
});
