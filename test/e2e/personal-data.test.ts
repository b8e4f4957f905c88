import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalSystem, startLocalSystem } from '../../infra/local/system/local-system.ts';
import { notificationOfStatus } from '../builders/notifications.ts';
import { orderItem, userItem } from '../builders/values/items.ts';
import { verifiedAddress } from '../builders/verified-address.ts';

const DRAIN_TIMEOUT_MS = 120_000;
/** Nothing else here contains it. Each name, address and e-mail below does. */
const MARK = 'Zyxmark';
const NAME = `Ada ${MARK}`;
const EMAIL = `ada.${MARK}@example.com`;
const SHIP_TO = { name: NAME, city: `${MARK}stadt`, postalCode: '01067', country: 'Germany' };
/** A cluster that is not ours cannot be made to refuse. */
const hasOtherOpenSearch = Boolean(process.env['OPENSEARCH_URL']);

let dataDir: string;
let system: LocalSystem;
const log: string[] = [];
/** As in the key of an item: the id itself is part of other words. */
const OF_USER = /USER#(?:ada|eve)\b/;
const lines = (text: string) => log.filter((line) => line.includes(text));

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'personal-data-'));
  system = await startLocalSystem({
    parameters: { BatchingWindowSeconds: '0', LogLevel: 'DEBUG', OrderMails: 'Enabled' },
    dataDir,
    log: (source, line) => log.push(`${source} ${line}`),
  });
});
afterAll(async () => {
  await system?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function call(method: string, path: string, body: unknown): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${await system.token('staff', 'orders:write', 'accounts:write')}`,
  };
  const sent = typeof body === 'string' ? body : JSON.stringify(body);
  const { status } = await fetch(system.apiUrl + path, { method, headers, body: sent });
  return status;
}
const put = (item: object, table = 'Table') =>
  system.clients.dynamoDb.send(
    new PutItemCommand({
      TableName: system.names[table],
      Item: marshall(item, { removeUndefinedValues: true }),
    }),
  );
const placeOrder = () =>
  call('POST', '/users/ada/orders', { lines: [{ sku: 'pen', quantity: 1 }], shipTo: SHIP_TO });

/** Has the orders written to an index whose mapping refuses a name. */
async function refuseNames(): Promise<void> {
  const index = 'orders-refusing';
  const shipTo = { properties: { name: { type: 'integer' as const } } };
  const { indices } = system.clients.openSearch;
  await indices.create({ index, body: { mappings: { properties: { shipTo } } } });
  const is_write_index = true;
  await indices.updateAliases({
    body: {
      actions: [
        { remove: { index: 'orders-v1', alias: 'orders-write' } },
        { add: { index, alias: 'orders-write', is_write_index } },
      ],
    },
  });
}

describe('what the functions print holds no personal data', () => {
  it('of requests that succeed and that are refused', async () => {
    const user = { userId: 'ada', name: NAME, email: EMAIL };
    expect(await call('POST', '/users', user)).toBe(201);
    expect(await call('POST', '/users', user)).toBe(409);
    expect(await call('POST', '/users', { ...user, userId: EMAIL })).toBe(400);
    expect(await call('POST', '/users', { ...user, [EMAIL]: NAME })).toBe(400);
    expect(await call('POST', '/users', `{"name": "${NAME}`)).toBe(400);
    expect(await call('PATCH', '/users/ada', { email: NAME })).toBe(400);
    const pen = { sku: 'pen', name: 'Pen', category: 'Office', unitPrice: 100, currency: 'EUR' };
    expect(await call('POST', '/products', pen)).toBe(201);
    expect(await call('POST', '/products/pen/receipts', { quantity: 100 })).toBe(200);
    expect(await placeOrder()).toBe(201);
    const elsewhere = { lines: [{ sku: 'pen', quantity: -1 }], shipTo: { ...SHIP_TO, city: [NAME] } };
    expect(await call('POST', '/users/ada/orders', elsewhere)).toBe(400);
    await system.drained(DRAIN_TIMEOUT_MS);
    // What a function prints comes through a pipe, after its response.
    await expect.poll(() => lines('The request was refused').length).toBeGreaterThanOrEqual(6);
    await expect.poll(() => lines('correlationId')).not.toEqual([]);
    expect(lines(MARK)).toEqual([]);
    expect(log.filter((line) => OF_USER.test(line))).toEqual([]);
  });

  it('of a search for a user by the address, which the index does not hold either', async () => {
    const headers = { authorization: `Bearer ${await system.token('olga', 'ops:read')}` };
    const searched = async () => {
      const response = await fetch(`${system.apiUrl}/search/users?email=${encodeURIComponent(EMAIL)}`, {
        headers,
      });
      return response.text();
    };
    await expect.poll(searched).toContain('"userId":"ada"');
    const { body } = await system.clients.openSearch.get({ index: 'users', id: 'ada' });
    expect(JSON.stringify(body)).toContain('emailHash');
    for (const text of [JSON.stringify(body), await searched()])
      expect(text.toLowerCase()).not.toContain(EMAIL.toLowerCase());
    expect(lines(MARK)).toEqual([]);
  });

  it('of items that break their contract', async () => {
    const order = orderItem({ orderId: '01KJMSY7G00000000000000001', version: 1_000 });
    await put({ ...order, shipTo: `${NAME}, ${SHIP_TO.city}` });
    await put({ ...order, sk: 'ORDER#01KJMSY7G00000000000000002', shipTo: SHIP_TO });
    await put({ ...order, [EMAIL]: NAME, status: NAME });
    await put({ pk: `USER#${EMAIL}`, sk: `PROFILE#${EMAIL}`, entityType: 'User', name: NAME, email: EMAIL });
    await put({ pk: `USER#${NAME}`, sk: EMAIL, entityType: NAME });
    await system.drained(DRAIN_TIMEOUT_MS);
    await expect.poll(() => lines('Record dead-lettered').length).toBeGreaterThanOrEqual(10);
    await expect.poll(() => lines('"RecordsDeadLettered":')).not.toEqual([]);
    expect(lines(MARK)).toEqual([]);
  });

  it.skipIf(hasOtherOpenSearch)('of documents that the index refuses, quoting them', async () => {
    await refuseNames();
    expect(await placeOrder()).toBe(201);
    await expect.poll(() => lines('sink-refused')).not.toEqual([]);
    expect(lines(MARK)).toEqual([]);
  });

  it.skipIf(hasOtherOpenSearch)('of records that come again, since a sink is away', async () => {
    await system.parts.openSearch.kill();
    expect(await call('PATCH', '/users/ada', { name: `${NAME} Lovelace` })).toBe(200);
    await expect.poll(() => lines('will be delivered again')).not.toEqual([]);
    await system.parts.openSearch.restart();
    await system.drained(DRAIN_TIMEOUT_MS);
    expect(lines(MARK)).toEqual([]);
    expect(log.filter((line) => OF_USER.test(line))).toEqual([]);
  });

  // The last one: a message that failed lies on its queue for minutes.
  it('of mails that are sent and that are not', async () => {
    await put({ ...userItem({ userId: 'eve' }), name: NAME, email: `${MARK} without an address` });
    await put(verifiedAddress('ada', EMAIL), 'MailboxTable');
    const bodies = [
      ...['ada', 'eve'].map((userId) => JSON.stringify(notificationOfStatus('shipped', { userId }))),
      EMAIL,
      JSON.stringify({ [EMAIL]: NAME }),
    ];
    for (const MessageBody of bodies)
      await system.clients.sqs.send(
        new SendMessageCommand({ QueueUrl: system.names['OrderMailsQueue'], MessageBody }),
      );
    await expect.poll(() => readdir(system.mails.path)).toHaveLength(1);
    await expect.poll(() => lines('A mail failed')).toHaveLength(3);
    expect(lines(MARK)).toEqual([]);
  });
});
