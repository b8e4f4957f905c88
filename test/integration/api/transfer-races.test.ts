import {
  DeleteItemCommand,
  TransactionCanceledException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import type { AccountItem } from '../../../contracts/entities/account.ts';
import { accountItem } from '../../builders/values/items.ts';
import { dynamoDbWithConflicts } from '../parts/conflicting-client.ts';
import { type InterruptedClient, interruptedDynamoDb } from '../parts/interrupted-client.ts';
import { newId, problemIn, startWriteApi, transferIn, type WriteApi } from './write-api.ts';

const source = accountItem({ accountId: 'source', ownerId: 'u-1', openingBalance: 1_000 });
const destination = accountItem({ accountId: 'destination', openingBalance: 0 });

const transfer = (api: WriteApi, amount = 300, key = newId('key')) =>
  api.transferFunds({
    path: { userId: source.ownerId, accountId: source.accountId },
    headers: { 'idempotency-key': key },
    body: { to: destination.accountId, amount },
  });
const balances = async (api: WriteApi) =>
  Promise.all([source, destination].map(async (account) => (await api.read(account))?.['balance']));

describe('a transfer whose accounts change between its read and its write', () => {
  let client: InterruptedClient;
  let api: WriteApi;
  beforeAll(async () => {
    client = interruptedDynamoDb();
    api = await startWriteApi(client.dynamoDb);
  });
  beforeEach(() => Promise.all([source, destination].map(api.put)));

  const meanwhile = (change: () => Promise<unknown>) =>
    client.interruptNext(async (transact) => {
      await change();
      return transact();
    });
  const rewrite = (overrides: Partial<z.input<typeof AccountItem>>) =>
    api.put(accountItem({ ...source, version: source.version + 1, ...overrides }));
  const remove = ({ pk, sk }: AccountItem) =>
    api.deps.dynamoDb.send(
      new DeleteItemCommand({ TableName: api.deps.tableName, Key: marshall({ pk, sk }) }),
    );

  it('is answered 409 when the money is gone', async () => {
    meanwhile(() => rewrite({ balance: 299 }));
    expect(problemIn(await transfer(api))).toMatchObject({ status: 409, code: 'insufficient-balance' });
    expect(await balances(api)).toEqual([299, 0]);
  });

  it('is answered 404 when the source is gone', async () => {
    meanwhile(() => remove(source));
    expect(problemIn(await transfer(api))).toMatchObject({ status: 404, code: 'not-found' });
    expect(await balances(api)).toEqual([undefined, 0]);
  });

  it('is answered 404 when the destination is gone', async () => {
    meanwhile(() => remove(destination));
    expect(problemIn(await transfer(api))).toMatchObject({ status: 404, code: 'destination-not-found' });
    expect(await balances(api)).toEqual([1_000, undefined]);
  });

  it('is decided anew when there is still enough, and tells the balance that it left', async () => {
    meanwhile(() => rewrite({ balance: 500 }));
    expect(transferIn(await transfer(api))).toMatchObject({ balance: 200 });
    expect(await balances(api)).toEqual([200, 300]);
  });

  it('is answered as made, and not as refused, when it came before and its transaction is seen in part', async () => {
    const key = newId('key');
    const conflict = new TransactionCanceledException({
      message: '',
      $metadata: {},
      CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }],
    });
    // Reads of single items may see the account after it and the key before it. One transaction of reads cannot.
    const conflicting = vi.fn(() => Promise.reject(conflict));
    client.interruptNext(async (read) => {
      const nothing = await read();
      await transfer(api, 1_000, key);
      client.interruptNext(conflicting, 'TransactGetItemsCommand');
      return nothing;
    }, 'GetItemCommand');
    const answer = await transfer(api, 1_000, key);
    expect(conflicting).toHaveBeenCalledOnce();
    expect(answer).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(await balances(api)).toEqual([0, 1_000]);
  });

  it('is answered as made, and not as refused, when it came before and was made meanwhile', async () => {
    const key = newId('key');
    // Between the looks for what is remembered and at the account.
    client.interruptNext(async (read) => {
      const nothing = await read();
      await transfer(api, 1_000, key);
      return nothing;
    }, 'GetItemCommand');
    const answer = await transfer(api, 1_000, key);
    expect(answer).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(await balances(api)).toEqual([0, 1_000]);
  });

  it('is answered once and made once when DynamoDB calls it still under way', async () => {
    client.interruptNext(async (transact) => {
      await transact();
      throw new TransactionInProgressException({ message: 'in progress', $metadata: {} });
    });
    expect(transferIn(await transfer(api)).balance).toBe(700);
    expect(await balances(api)).toEqual([700, 300]);
  });
});

describe('a transfer that other transactions get in the way of', () => {
  it('is tried again until it is made, once', async () => {
    const api = await startWriteApi(dynamoDbWithConflicts(3));
    await Promise.all([source, destination].map(api.put));
    expect((await transfer(api)).status).toBe(200);
    expect(await balances(api)).toEqual([700, 300]);
  });

  it('is answered 503 with a time to come back when that does not end, and moves nothing', async () => {
    const api = await startWriteApi(dynamoDbWithConflicts(Number.POSITIVE_INFINITY));
    await Promise.all([source, destination].map(api.put));
    expect(await transfer(api)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(await balances(api)).toEqual([1_000, 0]);
  });
});
