import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsumerDeadLetter } from '../../contracts/dead-letters/consumer-dead-letter.ts';
import { orderKey } from '../../contracts/entities/order.ts';
import { OrderNotification } from '../../contracts/events/order-notification.ts';
import { OrderId, UserId } from '../../contracts/ids.ts';
import { addressSuppressionKey } from '../../contracts/order-mails/mailbox-items.ts';
import { smokeTest } from '../../infra/deploy/smoke-test.ts';
import { PROJECT_ROOT } from '../../infra/local/machine/project-root.ts';
import { openToOperators } from '../../infra/local/running/open-to-operators.ts';
import { type LocalSystem, startLocalSystem } from '../../infra/local/system/local-system.ts';
import { addressHash } from '../../pipelines/order-mails/address-hash.ts';
import { notificationOfStatus } from '../builders/notifications.ts';
import { verifiedAddress } from '../builders/verified-address.ts';
import { until } from '../builders/waiting.ts';
import { cutInvocations, isInvoking, shardsOf } from './invocations.ts';

const DRAIN_TIMEOUT_MS = 120_000;
/** More than are ever placed before an invocation is cut. */
const ORDERS_MAX = 200;
const RESPONSES_BEFORE_KILL = 20;
const CALLERS = 6;
/** Together more than 11 MiB, each less than the 256 KiB of a record. */
const LARGE_ROWS = 60;
const LARGE_ROW_BYTES = 250_000;
/** A cluster that is not ours cannot be taken away. */
const hasOtherOpenSearch = Boolean(process.env['OPENSEARCH_URL']);
const parameters = { SampleSubscriber: 'Enabled', OrderMails: 'Enabled', BatchingWindowSeconds: '0' };
const shipTo = { name: 'Ann', city: 'Bonn', postalCode: '53113', country: 'DE' };

let dataDir: string;
let system: LocalSystem;
const log: string[] = [];
const start = () =>
  startLocalSystem({ parameters, dataDir, log: (source, line) => log.push(`${source} ${line}`) });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'local-system-'));
  system = await start();
});
afterAll(async () => {
  await system?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

let requests = 0;
async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  requests += 1;
  const key = `request-${process.pid}-${requests}`;
  const token = await system.token('grace', 'orders:write', 'accounts:write');
  const response = await fetch(system.apiUrl + path, {
    method,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'idempotency-key': key,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
async function placeOrder(userId: string): Promise<string> {
  const { body } = await call('POST', `/users/${userId}/orders`, {
    lines: [{ sku: 'pen', quantity: 2 }],
    shipTo,
  });
  return (body as { orderId: string }).orderId;
}
const messagesOf = new Map<string, unknown[]>();
/** All that a queue has ever held, repeats included; what is new is taken off it, as a subscriber would. */
async function received(queue: string): Promise<readonly unknown[]> {
  const QueueUrl = system.names[queue];
  const messages = messagesOf.get(queue) ?? [];
  messagesOf.set(queue, messages);
  let newest: readonly Message[];
  do {
    ({ Messages: newest = [] } = await system.clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    ));
    for (const { Body = '', ReceiptHandle } of newest) {
      messages.push(JSON.parse(Body));
      await system.clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  } while (newest.length > 0);
  return messages;
}
const notified = async () =>
  (await received('NotificationsQueue')).map((one) => OrderNotification.parse(one));
async function isSearchable(orderId: string): Promise<boolean> {
  const { body } = await system.clients.openSearch.exists({ index: 'orders', id: orderId });
  return body;
}
/** Gives an order a time to live that has just passed, as an operator or a later feature would. */
async function expireOrder(orderId: string): Promise<void> {
  const key = orderKey(UserId.parse('ann'), OrderId.parse(orderId));
  await system.clients.dynamoDb.send(
    new UpdateItemCommand({
      TableName: system.names['Table'],
      Key: { pk: { S: key.pk }, sk: { S: key.sk } },
      UpdateExpression: 'SET #ttl = :ttl ADD version :one',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ':ttl': { N: String(Math.floor(Date.now() / 1_000)) },
        ':one': { N: '1' },
      },
    }),
  );
}
async function stockOfPen(): Promise<string | undefined> {
  const { Items = [] } = await system.clients.dynamoDb.send(
    new QueryCommand({
      TableName: system.names['Table'],
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'PRODUCT#pen' } },
    }),
  );
  return Items[0]?.['stock']?.N;
}

/** The files of the mails about an order. */
async function mailsOf(orderId: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(system.mails.path))
    .filter((name) => name.startsWith(orderId) && name.endsWith('.eml'))
    .toSorted();
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(system.mails.path, name), 'utf8')] as const),
    ),
  );
}
async function allMails(): Promise<readonly string[]> {
  const names = (await readdir(system.mails.path)).filter((name) => name.endsWith('.eml'));
  const mails = await Promise.all(names.map((name) => readFile(join(system.mails.path, name), 'utf8')));
  return mails.map((mail) => mail.replaceAll(/=\r?\n/g, ''));
}
async function sendToOrderMails(...bodies: readonly unknown[]): Promise<void> {
  await system.clients.sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: system.names['OrderMailsQueue'],
      Entries: bodies.map((body, index) => ({ Id: String(index), MessageBody: JSON.stringify(body) })),
    }),
  );
}

describe('a search', () => {
  it('reports the index lag', async () => {
    expect(await system.functions.get('WriteHeartbeatsFunction')?.invoke({})).toMatchObject({
      outcome: 'success',
    });
    await system.drained(DRAIN_TIMEOUT_MS);

    const { body } = await call('GET', '/search/orders');

    expect(body).toMatchObject({
      index: { lagSeconds: expect.any(Number), measuredAt: expect.any(String) },
    });
  });
});

describe('a user', () => {
  it('writes as often as the template says, and no more', async () => {
    const token = await system.token('bo');
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const body = JSON.stringify({ userId: 'bo', name: 'Bo', email: 'bo@example.com' });
    const create = async () =>
      (await fetch(`${system.apiUrl}/users`, { method: 'POST', headers, body })).status;
    const statuses: number[] = [];
    do statuses.push(await create());
    while (statuses.at(-1) !== 429 && statuses.length < 200);
    expect(statuses.slice(0, 60)).toEqual([201, ...Array.from({ length: 59 }, () => 409)]);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('npm run import', () => {
  it('takes a file that is larger than one request to the local bucket may be', async () => {
    const operators = await openToOperators(system);
    const file = join(dataDir, 'large.ndjson');
    // No orders, so that they take no time in the table.
    await writeFile(file, `${JSON.stringify({ pad: 'x'.repeat(LARGE_ROW_BYTES) })}\n`.repeat(LARGE_ROWS));
    const command = ['infra/demo/import.ts', file, '--wait', '--pid', String(process.pid)];
    const { code, stdout } = await new Promise<{ code: unknown; stdout: string }>((resolve) =>
      execFile(process.execPath, command, { cwd: PROJECT_ROOT }, (error, stdout) =>
        resolve({ code: error?.code ?? 0, stdout }),
      ),
    );
    await operators.stop();
    expect(stdout).toMatch(new RegExp(`rows rejected\\s+│\\s+${LARGE_ROWS}\\b`));
    expect(code).toBe(1);
  });
});

describe('the local system', () => {
  it('passes the test of a deployment', async () => {
    const said: string[] = [];
    await smokeTest(system.apiUrl, await system.token('olga', 'ops:read'), (line) => said.push(line));
    expect(said.map((line) => line.slice(0, 3))).toEqual(['200', '401', '200', '200']);
  });

  it('takes an order from the API to stock, topic and search', async () => {
    expect(
      (await call('POST', '/users', { userId: 'ann', name: 'Ann', email: 'ann@example.com' })).status,
    ).toBe(201);
    const pen = { sku: 'pen', name: 'Pen', category: 'Office', unitPrice: 100, currency: 'EUR' };
    expect((await call('POST', '/products', pen)).status).toBe(201);
    expect((await call('POST', '/products/pen/receipts', { quantity: 1_000 })).status).toBe(200);
    const orderId = await placeOrder('ann');
    await system.drained(DRAIN_TIMEOUT_MS);
    expect(await stockOfPen()).toBe('998');
    expect(await isSearchable(orderId)).toBe(true);
    await expect.poll(notified).toMatchObject([{ type: expect.stringContaining('placed') }]);
  });

  it('removes an expired item within seconds, and reports that it expired', async () => {
    const orderId = await placeOrder('ann');
    await system.drained(DRAIN_TIMEOUT_MS);
    await expireOrder(orderId);
    await expect.poll(() => isSearchable(orderId)).toBe(false);
    await expect
      .poll(async () => (await notified()).map(({ type }) => type))
      .toContainEqual(expect.stringContaining('expired'));
  });

  it('mails nothing before the user has entered the code that was mailed to the address', async () => {
    expect(await call('POST', '/users/ann/email-verification', {})).toMatchObject({ status: 200 });
    await expect.poll(() => allMails()).toHaveLength(1);
    const [mail = ''] = await allMails();
    const token = /<code>(?<code>[\w-]+)<\/code>/.exec(mail)?.groups?.['code'];
    const confirmation = '/users/ann/email-verification/confirmation';
    expect(await call('POST', confirmation, { token: 'AVq3' })).toMatchObject({ status: 400 });
    expect(await call('POST', confirmation, { token })).toMatchObject({ body: { state: 'verified' } });
  });

  it('mails the user what happens to an order, each status once however often its event arrives', async () => {
    const orderId = await placeOrder('ann');
    for (const status of ['confirmed', 'shipped']) {
      await system.drained(DRAIN_TIMEOUT_MS);
      expect((await call('PATCH', `/users/ann/orders/${orderId}`, { status })).status).toBe(200);
    }
    await system.drained(DRAIN_TIMEOUT_MS);
    await expect.poll(async () => (await mailsOf(orderId)).size).toBe(2);
    const mails = await mailsOf(orderId);
    const text = [...mails.values()].join('');
    expect(text.match(/^To: .*$/gm)).toEqual(['To: ann@example.com', 'To: ann@example.com']);
    expect(text).toMatch(/^Subject: .* is confirmed\r$.*^Subject: .* is on its way\r$/ms);

    const changes = async () =>
      (await notified()).filter(
        ({ subject, type }) => subject === orderId && type === 'order.status-changed',
      );
    await expect.poll(changes).toHaveLength(2);
    await sendToOrderMails(...(await changes()));
    await system.drained(DRAIN_TIMEOUT_MS);
    expect(await mailsOf(orderId)).toEqual(mails);
  });

  it('ends the mails of a user by the link of one, without a token of a caller', async () => {
    const links = (await allMails()).flatMap((mail) => {
      const [, token] = /unsubscribe\?token=(?<token>[\w-]+)/.exec(mail.replaceAll(/\r?\n /g, '')) ?? [];
      return token === undefined ? [] : [`${system.apiUrl}/unsubscribe?token=${token}`];
    });
    const [link = ''] = links;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await fetch(link, { method: 'POST', headers, body: 'List-Unsubscribe=One-Click' });
    expect([response.status, await response.json()]).toEqual([200, { state: 'unsubscribed' }]);
    const event = notificationOfStatus('delivered', { userId: 'ann' });
    await sendToOrderMails(event);
    await system.drained(DRAIN_TIMEOUT_MS);
    expect(await mailsOf(event.id)).toEqual(new Map());
  });

  it('suppresses an address that bounced, by what SES reports on the topic', async () => {
    const email = 'bounce@simulator.amazonses.com';
    await call('POST', '/users', { userId: 'bea', name: 'Bea', email });
    expect(await call('POST', '/users/bea/email-verification', {})).toMatchObject({ status: 200 });
    const key = marshall(addressSuppressionKey(addressHash(email)));
    const suppression = async () => {
      const request = new GetItemCommand({ TableName: system.names['MailboxTable'], Key: key });
      return (await system.clients.dynamoDb.send(request)).Item;
    };
    await expect.poll(suppression).toMatchObject({ reason: { S: 'bounced' } });
  });

  it('rejects a message that is not a notification, and sends the mails of the same batch', async () => {
    // Lambda would wait for minutes between two tries.
    const visible = { QueueUrl: system.names['OrderMailsQueue'], Attributes: { VisibilityTimeout: '1' } };
    await system.clients.sqs.send(new SetQueueAttributesCommand(visible));
    const event = notificationOfStatus('delivered', { userId: 'cat' });
    const email = 'cat@example.com';
    await call('POST', '/users', { userId: 'cat', name: 'Cat', email });
    const Item = marshall(verifiedAddress('cat', email));
    await system.clients.dynamoDb.send(new PutItemCommand({ TableName: system.names['MailboxTable'], Item }));
    await sendToOrderMails({ no: 'notification' }, event);
    await expect.poll(() => received('OrderMailsDeadLetters')).toEqual([{ no: 'notification' }]);
    expect([...(await mailsOf(event.id)).keys()]).toEqual([`${event.id}.eml`]);
  });

  it("puts an item that breaks its contract on both consumers' dead-letter queues", async () => {
    await system.clients.dynamoDb.send(
      new PutItemCommand({
        TableName: system.names['Table'],
        Item: { pk: { S: 'USER#x' }, sk: { S: 'ORDER#y' }, entityType: { S: 'Strange' } },
      }),
    );
    await system.drained(DRAIN_TIMEOUT_MS);
    for (const queue of ['OrderEventsDeadLetters', 'SearchIndexDeadLetters']) {
      await expect.poll(() => received(queue)).toHaveLength(1);
      expect(() => ConsumerDeadLetter.parse(messagesOf.get(queue)?.[0])).not.toThrow();
    }
  });

  it('has every order that got the status 201 after kill -9 of DynamoDB Local', async () => {
    const created: string[] = [];
    const lines = [{ sku: 'pen', quantity: 1 }];
    let killing: Promise<void> | undefined;
    const placeUntilKilled = async (): Promise<void> => {
      while (killing === undefined) {
        const { status, body } = await call('POST', '/users/ann/orders', { lines, shipTo });
        if (status === 201) created.push((body as { orderId: string }).orderId);
        if (created.length >= RESPONSES_BEFORE_KILL) killing ??= system.parts.dynamoDb.kill();
      }
    };
    const placing = Promise.all(Array.from({ length: CALLERS }, placeUntilKilled));
    await until(() => killing !== undefined);
    await killing;
    await system.parts.dynamoDb.restart();
    await placing;
    await system.drained(DRAIN_TIMEOUT_MS);
    const lost: string[] = [];
    for (const orderId of created)
      if ((await call('GET', `/users/ann/orders/${orderId}`)).status !== 200) lost.push(orderId);
    expect(lost).toEqual([]);
    for (const orderId of created) expect(await isSearchable(orderId)).toBe(true);
  });

  it.skipIf(hasOtherOpenSearch)('waits out an outage of OpenSearch and loses nothing', async () => {
    await system.parts.openSearch.kill();
    const orderId = await placeOrder('ann');
    await system.parts.openSearch.restart();
    await system.drained(DRAIN_TIMEOUT_MS);
    expect(await isSearchable(orderId)).toBe(true);
  });

  it('loses nothing when a function is ended in the midst of its work', async () => {
    const stockBefore = Number(await stockOfPen());
    let isCut = false;
    let placed = 0;
    // There is an invocation to cut for as long as orders come.
    const placing = (async () => {
      for (; !isCut && placed < ORDERS_MAX; placed += 1) await placeOrder('ann');
    })();
    await until(async () => {
      if (isInvoking(system, 'OrderEventsMapping')) await system.restartFunction('OrderEventsFunction');
      isCut = cutInvocations(log, 'OrderEventsMapping') > 0;
      return isCut;
    });
    await placing;
    await system.drained(DRAIN_TIMEOUT_MS);
    expect(Number(await stockOfPen())).toBe(stockBefore - 2 * placed);
  });

  it('does not start from the beginning after a restart on the same data', async () => {
    await system.drained(DRAIN_TIMEOUT_MS);
    const notifiedBefore = await notified();
    expect(notifiedBefore).not.toEqual([]);
    await system.stop();
    system = await start();
    const orderId = await placeOrder('ann');
    await system.drained(DRAIN_TIMEOUT_MS);
    const notifiedSince = async () => (await notified()).slice(notifiedBefore.length);
    await expect.poll(notifiedSince).toMatchObject([{ type: 'order.placed', subject: orderId }]);
    expect((await call('GET', `/users/ann/orders/${orderId}`)).status).toBe(200);
  });

  it.skipIf(hasOtherOpenSearch)('handles after a restart what was waiting when it was stopped', async () => {
    await system.parts.openSearch.kill();
    const orderId = await placeOrder('ann');
    await until(() => shardsOf(system, 'SearchIndexMapping').some(({ retries }) => retries > 0));
    await system.stop();
    system = await start();
    await system.drained(DRAIN_TIMEOUT_MS);
    expect(await isSearchable(orderId)).toBe(true);
  });
});
