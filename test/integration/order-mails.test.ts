import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { MailFolder } from '../../infra/local/mail/mail-folder.ts';
import { type MailServer, startMailServer } from '../../infra/local/mail/mail-server.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../infra/local/region.ts';
import { systemClock } from '../../pipelines/core/clock.ts';
import { SinkRefusedError } from '../../pipelines/core/errors.ts';
import { MailUnderWayError } from '../../pipelines/order-mails/mailbox.ts';
import { OrderMails } from '../../pipelines/order-mails/order-mails.ts';
import { userItem } from '../builders/items.ts';
import { notificationOfStatus } from '../builders/notifications.ts';
import { localDynamoDb } from './clients.ts';
import { createMailboxTable, createTestTable } from './table.ts';
import { TestTable } from './table-items.ts';

const REMAINING_MS = 60_000;
const dynamoDb = localDynamoDb();
let tableName: string;
let mailboxTableName: string;
let folder: string;
let server: MailServer;

beforeAll(async () => {
  [tableName, mailboxTableName, folder] = await Promise.all([
    createTestTable(dynamoDb),
    createMailboxTable(dynamoDb),
    mkdtemp(join(tmpdir(), 'order-mails-')),
  ]);
  server = await startMailServer(new MailFolder(folder));
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Order mails whose clock is so much ahead, and whose mails are counted. */
function orderMails({
  aheadMs = 0,
  sender = 'orders@shop.example',
}: {
  aheadMs?: number;
  sender?: string;
} = {}) {
  const sent: unknown[] = [];
  const ses = new SESv2Client({ endpoint: server.url, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });
  onTestFinished(() => ses.destroy());
  ses.middlewareStack.add(
    (next) => (request) => {
      sent.push(request.input);
      return next(request);
    },
    { step: 'initialize' },
  );
  const clock = { ...systemClock, now: () => new Date(Date.now() + aheadMs) };
  return {
    mails: new OrderMails({ dynamoDb, ses, tableName, mailboxTableName, from: sender, clock }),
    sent,
  };
}
async function aUser(overrides: Parameters<typeof userItem>[0] = {}): Promise<string> {
  const userId = `u-${randomUUID()}`;
  await new TestTable(dynamoDb, tableName).put(userItem({ userId, ...overrides }));
  return userId;
}
async function mailboxOf({ data }: OrderNotification): Promise<readonly Record<string, unknown>[]> {
  const { Items = [] } = await dynamoDb.send(
    new QueryCommand({
      TableName: mailboxTableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: `USER#${data.userId}` } },
    }),
  );
  return Items.map((item) => unmarshall(item));
}
const files = async ({ id }: OrderNotification) =>
  (await readdir(folder)).filter((name) => name.startsWith(id));

describe('the mail of an order', () => {
  it('goes to the user as the table has them, and lies in the mailbox as sent', async () => {
    const event = notificationOfStatus('shipped', {
      userId: await aUser({ name: 'Zoë', email: 'zoe@example.com' }),
    });
    await orderMails().mails.handle(event, REMAINING_MS);
    expect(await mailboxOf(event)).toMatchObject([
      { state: 'sent', eventId: event.id, status: 'shipped', happenedAt: event.time },
    ]);
    const message = await readFile(join(folder, `${event.id}.eml`), 'utf8');
    expect(message).toMatch(/^From: orders@shop\.example\r$/m);
    expect(message).toMatch(/^To: zoe@example\.com\r$/m);
    expect(message).toContain('Dear Zo=C3=AB,');
  });

  it('is sent once, however often its event comes', async () => {
    const event = notificationOfStatus('shipped', { userId: await aUser() });
    const { mails, sent } = orderMails();
    for (let delivery = 0; delivery < 3; delivery += 1) await mails.handle(event, REMAINING_MS);
    expect(sent).toHaveLength(1);
  });

  it('is sent once when its event comes twice at the same time; the second one waits for its turn', async () => {
    const event = notificationOfStatus('shipped', { userId: await aUser() });
    const { mails, sent } = orderMails();
    const outcomes = await Promise.allSettled([
      mails.handle(event, REMAINING_MS),
      mails.handle(event, REMAINING_MS),
    ]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(MailUnderWayError);
    expect(sent).toHaveLength(1);
  });

  it('that nobody knows the end of is sent again, once whoever sent it cannot run any more', async () => {
    const userId = await aUser();
    const event = notificationOfStatus('shipped', { userId });
    await expect(orderMails({ sender: 'no address' }).mails.handle(event, REMAINING_MS)).rejects.toThrow();
    const early = orderMails();
    await expect(early.mails.handle(event, REMAINING_MS)).rejects.toBeInstanceOf(MailUnderWayError);
    expect(early.sent).toHaveLength(0);
    const late = orderMails({ aheadMs: REMAINING_MS + 10_000 });
    await late.mails.handle(event, REMAINING_MS);
    expect(late.sent).toHaveLength(1);
    expect(await mailboxOf(event)).toMatchObject([{ state: 'sent' }]);
  });

  it('that SES refuses for what it is fails for good', async () => {
    const event = notificationOfStatus('shipped', { userId: await aUser() });
    const { mails, sent } = orderMails({ sender: 'no address' });
    await expect(mails.handle(event, REMAINING_MS)).rejects.toBeInstanceOf(SinkRefusedError);
    expect(sent).toHaveLength(1);
    expect(await mailboxOf(event)).toMatchObject([{ state: 'sending' }]);
  });

  it('is sent though a later event of its order was first, and the mailbox has them in order', async () => {
    const userId = await aUser();
    const earlier = notificationOfStatus('confirmed', { userId, version: 9 });
    const later = notificationOfStatus('cancelled', { userId, version: 10 });
    const { mails } = orderMails();
    await mails.handle(later, REMAINING_MS);
    await mails.handle(earlier, REMAINING_MS);
    expect((await mailboxOf(earlier)).map(({ status }) => status)).toEqual(['confirmed', 'cancelled']);
    expect(await files(earlier)).toHaveLength(1);
  });

  it.each([
    ['is gone', async () => 'nobody'],
    ['has expired', () => aUser({ ttl: 1 })],
  ])('has no recipient where the user %s, which the mailbox tells', async (_, user) => {
    const event = notificationOfStatus('shipped', { userId: await user() });
    const { mails, sent } = orderMails();
    await mails.handle(event, REMAINING_MS);
    await mails.handle(event, REMAINING_MS);
    expect(sent).toHaveLength(0);
    expect(await mailboxOf(event)).toMatchObject([{ state: 'no-recipient' }]);
  });
});
