import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { OrderNotification } from '../../../contracts/events/order-notification.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { MailFolder } from '../../../infra/local/mail/mail-folder.ts';
import { type MailServer, startMailServer } from '../../../infra/local/mail/mail-server.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { SinkRefusedError } from '../../../pipelines/errors.ts';
import { Mailbox, MailInProgressError } from '../../../pipelines/order-mails/mailbox.ts';
import { OrderMails } from '../../../pipelines/order-mails/order-mails.ts';
import { notificationOfStatus } from '../../builders/notifications.ts';
import { userItem } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { createMailboxTable, createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

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
  server = await startMailServer(await MailFolder.open(folder));
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const delivery = () => ({ messageId: randomUUID(), remainingMs: REMAINING_MS });

interface Circumstances {
  /** How far the clock is ahead. */
  readonly aheadMs?: number;
  readonly sender?: string;
  /** Whether nothing more is written once a mail was sent, as when the function ends. */
  readonly endsOnceSent?: boolean;
}
/** Order mails, and the requests to SES that they make. */
function orderMails({
  aheadMs = 0,
  sender = 'orders@shop.example',
  endsOnceSent = false,
}: Circumstances = {}) {
  const sent: unknown[] = [];
  const ses = new SESv2Client({ endpoint: server.url, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });
  const mortal = localDynamoDb();
  onTestFinished(() => {
    ses.destroy();
    mortal.destroy();
  });
  ses.middlewareStack.add(
    (next) => (request) => {
      sent.push(request.input);
      return next(request);
    },
    { step: 'initialize' },
  );
  mortal.middlewareStack.add(
    (next) => (request) => {
      if (endsOnceSent && sent.length > 0) throw new Error('The function has ended');
      return next(request);
    },
    { step: 'initialize' },
  );
  const clock = { ...systemClock, now: () => new Date(Date.now() + aheadMs) };
  const deps = { dynamoDb: mortal, ses, tableName, mailboxTableName, from: sender, clock };
  return { mails: new OrderMails(deps), sent };
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
  (await readdir(folder)).filter((name) => name.startsWith(id) && name.endsWith('.eml'));

describe('the mail of an order', () => {
  it('goes to the user as the table has them, and is in the mailbox as sent', async () => {
    const event = notificationOfStatus('shipped', {
      userId: await aUser({ name: 'Zoë', email: 'zoe@example.com' }),
    });
    await orderMails().mails.handle(event, delivery());
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
    for (let time = 0; time < 3; time += 1) await mails.handle(event, delivery());
    expect(sent).toHaveLength(1);
  });

  it('is sent once when its event comes in two messages at the same time', async () => {
    const event = notificationOfStatus('shipped', { userId: await aUser() });
    const { mails, sent } = orderMails();
    await Promise.all([mails.handle(event, delivery()), mails.handle(event, delivery())]);
    expect(sent).toHaveLength(1);
    expect(await mailboxOf(event)).toMatchObject([{ state: 'sent' }]);
  });

  it('is sent once when one message comes twice at the same time, which then stays on its queue', async () => {
    const event = notificationOfStatus('shipped', { userId: await aUser() });
    const { mails, sent } = orderMails();
    const message = delivery();
    const mailbox = new Mailbox({ dynamoDb, tableName: mailboxTableName, clock: systemClock });
    await mailbox.claim(event, { ...message, leaseUntil: new Date(Date.now() + REMAINING_MS) });
    await expect(mails.handle(event, message)).rejects.toBeInstanceOf(MailInProgressError);
    expect(sent).toHaveLength(0);
  });

  it('that SES has accepted, but that is not recorded, is sent again once its sender cannot run any longer', async () => {
    const event = notificationOfStatus('shipped', { userId: await aUser() });
    const message = delivery();
    const dying = orderMails({ endsOnceSent: true });
    await expect(dying.mails.handle(event, message)).rejects.toThrow('has ended');
    expect(dying.sent).toHaveLength(1);
    expect(await mailboxOf(event)).toMatchObject([{ state: 'sending' }]);

    const { mails, sent } = orderMails({ aheadMs: REMAINING_MS + 10_000 });
    await mails.handle(event, message);
    expect(sent).toHaveLength(1);
    expect(await mailboxOf(event)).toMatchObject([{ state: 'sent' }]);
    expect(await files(event)).toHaveLength(1);
  });

  it('that SES refuses as invalid fails permanently', async () => {
    const event = notificationOfStatus('shipped', { userId: await aUser() });
    const { mails, sent } = orderMails({ sender: 'no address' });
    await expect(mails.handle(event, delivery())).rejects.toBeInstanceOf(SinkRefusedError);
    expect(sent).toHaveLength(1);
    expect(await mailboxOf(event)).toMatchObject([{ state: 'sending' }]);
  });

  it('is sent though a later event of its order was first, and the mailbox has them in order', async () => {
    const userId = await aUser();
    const earlier = notificationOfStatus('confirmed', { userId, version: 9 });
    const later = notificationOfStatus('cancelled', { userId, version: 10 });
    const { mails } = orderMails();
    await mails.handle(later, delivery());
    await mails.handle(earlier, delivery());
    expect((await mailboxOf(earlier)).map(({ status }) => status)).toEqual(['confirmed', 'cancelled']);
    expect(await files(earlier)).toHaveLength(1);
  });

  it.each([
    ['was deleted', async () => 'nobody'],
    ['has expired', () => aUser({ ttl: 1 })],
  ])('has no recipient where the user %s, which the mailbox shows', async (_, user) => {
    const event = notificationOfStatus('shipped', { userId: await user() });
    const { mails, sent } = orderMails();
    await mails.handle(event, delivery());
    await mails.handle(event, delivery());
    expect(sent).toHaveLength(0);
    expect(await mailboxOf(event)).toMatchObject([{ state: 'no-recipient' }]);
  });
});
