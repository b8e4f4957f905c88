import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { batchGet, batchGetSome } from '../../../pipelines/dynamodb/read-items.ts';
import { TransientError } from '../../../pipelines/errors.ts';
import { clientThat, modelTable, slowTable, TABLE } from '../../builders/model-table.ts';
import { ledgerEntryItem, productItem } from '../../builders/values/items.ts';

const chair = productItem({ sku: 'chair' });
const desk = productItem({ sku: 'desk' });
const lamp = productItem({ sku: 'lamp' });
const keyOf = ({ pk, sk }: ItemKey): ItemKey => ({ pk, sk });

const throttled = new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });
/** Tries three times, without a wait. */
const retry = {
  policy: { attemptsMax: 3, delayMsBase: 0, delayMsMax: 0, budgetMs: 1_000 },
  isRetryable: () => true,
  sleep: async () => undefined,
};

afterEach(() => {
  vi.restoreAllMocks();
});

describe('reading a batch', () => {
  it('gives the items that there are, and sees every write before it', async () => {
    const { dynamoDb, send } = modelTable(chair, desk);
    expect(await batchGet(dynamoDb, TABLE, [desk, lamp, chair])).toEqual([desk, chair]);
    expect(send.mock.calls[0]?.[0]).toMatchObject({
      input: { RequestItems: { orders: { ConsistentRead: true } } },
    });
  });

  it('of no keys asks for nothing', async () => {
    const { dynamoDb, send } = modelTable(chair);
    expect(await batchGet(dynamoDb, TABLE, [])).toEqual([]);
    expect(send).not.toHaveBeenCalled();
  });

  it('asks again for the keys that the table did not process, and for no other', async () => {
    const { dynamoDb, requested } = slowTable(chair, desk);
    expect(await batchGet(dynamoDb, TABLE, [chair, desk])).toEqual([chair, desk]);
    expect(requested).toEqual([[chair, desk].map(keyOf), [desk].map(keyOf)]);
  });

  it('distinguishes the items of one partition by their sort keys', async () => {
    const ids = ['01KJMSY7G00000000000000001', '01KJMSY7G00000000000000002', '01KJMSY7G00000000000000003'];
    const entries = ids.map((transactionId) => ledgerEntryItem({ transactionId }));
    const { dynamoDb, requested } = slowTable(...entries);
    expect(await batchGet(dynamoDb, TABLE, entries)).toEqual(entries);
    expect(requested.map(({ length }) => length)).toEqual([3, 2, 1]);
  });

  it('gives up when the table never processes all keys', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const dynamoDb = clientThat(async () => ({ UnprocessedKeys: { orders: { Keys: [imageOf(chair)] } } }));
    const failure = batchGet(dynamoDb, TABLE, [chair]);
    await expect(failure).rejects.toBeInstanceOf(TransientError);
    await expect(failure).rejects.toMatchObject({ code: 'unprocessed-keys' });
  });

  it('fails at once with what the SDK throws', async () => {
    const send = vi.fn(async () => Promise.reject(throttled));
    await expect(batchGet(clientThat(send), TABLE, [chair])).rejects.toBe(throttled);
    expect(send).toHaveBeenCalledTimes(1);
  });
});

const imageOf = ({ pk, sk }: ItemKey) => ({ pk: { S: pk }, sk: { S: sk } });

describe('reading what there is time for', () => {
  it('keeps what was read before a failure, and returns the remaining keys', async () => {
    const { dynamoDb, send } = slowTable(chair, desk);
    const second = vi.fn(async (command: never) =>
      send.mock.calls.length === 0 ? send(command) : Promise.reject(throttled),
    );
    Object.assign(dynamoDb, { send: second });
    expect(await batchGetSome(dynamoDb, { tableName: TABLE, keys: [chair, desk] }, retry)).toEqual({
      items: [chair],
      keysRemaining: [desk],
      failure: throttled,
    });
    expect(second).toHaveBeenCalledTimes(3);
  });

  it('returns no key and no failure where all were read', async () => {
    const { dynamoDb } = slowTable(chair, desk);
    expect(await batchGetSome(dynamoDb, { tableName: TABLE, keys: [chair, desk] }, retry)).toEqual({
      items: [chair, desk],
      keysRemaining: [],
    });
  });

  it('reads a response with neither items nor keys as an empty one', async () => {
    const dynamoDb = clientThat(async () => ({}));
    expect(await batchGetSome(dynamoDb, { tableName: TABLE, keys: [chair] }, retry)).toEqual({
      items: [],
      keysRemaining: [],
    });
  });

  it('brings only the attributes that are asked for, reserved words too', async () => {
    const { dynamoDb } = modelTable(chair);
    const read = { tableName: TABLE, keys: [chair], attributes: ['sku', 'name'] };
    expect((await batchGetSome(dynamoDb, read, retry)).items).toEqual([{ sku: 'chair', name: chair.name }]);
  });

  it('can be given up by its signal', async () => {
    const { dynamoDb, send } = modelTable(chair);
    const { signal } = new AbortController();
    await batchGetSome(dynamoDb, { tableName: TABLE, keys: [chair] }, { ...retry, signal });
    expect(send).toHaveBeenCalledWith(expect.anything(), { abortSignal: signal });
  });
});
