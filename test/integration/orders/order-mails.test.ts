import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { OrderNotification } from '../../../contracts/events/order-notification.ts';
import { UserId } from '../../../contracts/ids.ts';
import { MailFeedback } from '../../../contracts/order-mails/mail-feedback.ts';
import { userDayKey } from '../../../contracts/order-mails/mailbox-items.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { MailFolder } from '../../../infra/local/mail/mail-folder.ts';
import { type MailServer, startMailServer } from '../../../infra/local/mail/mail-server.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { SinkRefusedError } from '../../../pipelines/errors.ts';
import { dayOf, ORDER_MAILS_PER_DAY_MAX } from '../../../pipelines/order-mails/daily-bounds.ts';
import { Mailbox, MailInProgressError } from '../../../pipelines/order-mails/mailbox.ts';
import { OrderMails } from '../../../pipelines/order-mails/order-mails.ts';
import { suppressAddress } from '../../../pipelines/order-mails/suppress-address.ts';
import { unsubscribe } from '../../../pipelines/order-mails/unsubscribe.ts';
import { notificationOfFix, notificationOfStatus } from '../../builders/notifications.ts';
import { mailTokens } from '../../builders/page-tokens.ts';
import { userItem } from '../../builders/values/items.ts';
import { verifiedAddress } from '../../builders/verified-address.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { createMailboxTable, createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

const REMAINING_MS = 60_000;
const API_URL = 'https://api.shop.example';
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
  const deps = {
    ...{ dynamoDb: mortal, ses, tableName, mailboxTableName, clock, apiUrl: API_URL },
    sender: { from: sender, configurationSet: 'mails' },
    tokens: mailTokens(clock),
  };
  return { mails: new OrderMails(deps), sent };
}
/** A user whose address is verified. */
async function aUser(overrides: Parameters<typeof userItem>[0] = {}): Promise<string> {
  const userId = `u-${randomUUID()}`;
  const user = userItem({ userId, ...overrides });
  await new TestTable(dynamoDb, tableName).put(user);
  await putInMailbox(verifiedAddress(userId, user.email));
  return userId;
}
const putInMailbox = (item: object) => new TestTable(dynamoDb, mailboxTableName).put(item);
async function mailboxOf({ data }: OrderNotification): Promise<readonly Record<string, unknown>[]> {
  const { Items = [] } = await dynamoDb.send(
    new QueryCommand({
      TableName: mailboxTableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :orders)',
      ExpressionAttributeValues: { ':pk': { S: `USER#${data.userId}` }, ':orders': { S: 'ORDER#' } },
    }),
  );
  return Items.map((item) => unmarshall(item));
}
const files = async ({ id }: OrderNotification) =>
  (await readdir(folder)).filter((name) => name.startsWith(id) && name.endsWith('.eml'));

describe('the mail of an order', () => {
  it('goes to the user as the table has them, and is in the mailbox as sent', async () => {
    const event = notificationOfStatus('shipped', {
      orderId: ulid(),
      userId: await aUser({ name: 'Zoe Longstocking', email: 'zoe@example.com' }),
    });
    await orderMails().mails.handle(event, delivery());
    expect(await mailboxOf(event)).toMatchObject([
      { state: 'sent', eventId: event.id, status: 'shipped', happenedAt: event.time },
    ]);
    const message = await readFile(join(folder, `${event.id}.eml`), 'utf8');
    expect(message).toMatch(/^From: orders@shop\.example\r$/m);
    expect(message).toMatch(/^To: zoe@example\.com\r$/m);
    expect(message.replaceAll(/=\r?\n/g, '')).not.toContain('Longstocking');
  });

  it('is sent once, however often its event comes', async () => {
    const event = notificationOfStatus('shipped', { userId: await aUser() });
    const { mails, sent } = orderMails();
    for (let time = 0; time < 3; time += 1) await mails.handle(event, delivery());
    expect(sent).toHaveLength(1);
  });

  it('is not sent for the fix of an order whose status a mail has reported', async () => {
    const order = { orderId: ulid(), userId: await aUser() };
    const { mails, sent } = orderMails();
    await mails.handle(notificationOfStatus('shipped', order), delivery());
    const fix = notificationOfFix('shipped', { ...order, version: 900 });
    await mails.handle(fix, delivery());
    expect(sent).toHaveLength(1);
    expect(await mailboxOf(fix)).toMatchObject([{ status: 'shipped', state: 'sent' }]);
  });

  it('is sent once for the fix of an order whose status no mail has reported', async () => {
    const order = { orderId: ulid(), userId: await aUser() };
    const { mails, sent } = orderMails();
    await mails.handle(notificationOfStatus('confirmed', order), delivery());
    const fix = notificationOfFix('shipped', { ...order, version: 900 });
    for (let time = 0; time < 2; time += 1) await mails.handle(fix, delivery());
    expect(sent).toHaveLength(2);
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
    const event = notificationOfStatus('shipped', { orderId: ulid(), userId: await aUser() });
    const message = delivery();
    const dying = orderMails({ endsOnceSent: true });
    await expect(dying.mails.handle(event, message)).rejects.toThrow('has ended');
    expect(dying.sent).toHaveLength(1);
    expect(await mailboxOf(event)).toMatchObject([{ state: 'sending' }]);

    const { mails, sent } = orderMails({ aheadMs: REMAINING_MS + 10_000 });
    await mails.handle(event, message);
    expect(sent).toHaveLength(1);
    expect(await mailboxOf(event)).toMatchObject([{ state: 'sent' }]);
    expect((await files(event)).toSorted()).toEqual([`${event.id}.eml`, `${event.id}~2.eml`]);
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

describe('a mail that must not be sent', () => {
  const mailbox = () => ({ dynamoDb, mailboxTableName, clock: systemClock });
  /** The requests to SES for one event of a user, and what the mailbox has of it. */
  async function handled(event: OrderNotification) {
    const { mails, sent } = orderMails();
    for (let time = 0; time < 2; time += 1) await mails.handle(event, delivery());
    return { sent: sent.length, mailbox: await mailboxOf(event) };
  }
  const suppressed = (reason: string) => ({ sent: 0, mailbox: [{ state: 'suppressed', reason }] });

  it('goes to no address that the user has entered and not verified', async () => {
    const userId = `u-${randomUUID()}`;
    const name = 'You won: https://evil.example';
    await new TestTable(dynamoDb, tableName).put(
      userItem({ userId, name, email: 'third.party@example.com' }),
    );
    expect(await handled(notificationOfStatus('cancelled', { userId }))).toMatchObject(
      suppressed('unverified'),
    );
  });

  it('goes to no address that the user has changed since it was verified', async () => {
    const userId = await aUser({ email: 'old@example.com' });
    await new TestTable(dynamoDb, tableName).put(userItem({ userId, email: 'third.party@example.com' }));
    expect(await handled(notificationOfStatus('shipped', { userId }))).toMatchObject(
      suppressed('unverified'),
    );
  });

  it('is not sent to a user who has unsubscribed by the link of a mail before, by one click', async () => {
    const userId = await aUser();
    const { mails, sent } = orderMails();
    await mails.handle(notificationOfStatus('confirmed', { userId, version: 9 }), delivery());
    const { Headers } = Object(sent[0]).Content.Simple;
    const values = new Map<string, string>(
      Headers.map(({ Name, Value }: Record<string, string>) => [Name, Value]),
    );
    expect(values.get('List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
    const link = /^<(.+)>$/.exec(values.get('List-Unsubscribe') ?? '')?.[1] ?? '';
    expect(link.startsWith(`${API_URL}/unsubscribe?token=`)).toBe(true);

    const token = new URL(link).searchParams.get('token') ?? '';
    for (let time = 0; time < 2; time += 1)
      expect(await unsubscribe({ ...mailbox(), tokens: mailTokens() }, { token })).toEqual({
        state: 'unsubscribed',
      });
    const later = notificationOfStatus('shipped', { userId, version: 10 });
    await mails.handle(later, delivery());
    expect(sent).toHaveLength(1);
    expect((await mailboxOf(later)).at(-1)).toMatchObject({ state: 'suppressed', reason: 'unsubscribed' });
  });

  it.each([
    ['bounced', { eventType: 'Bounce', bounce: { bounceType: 'Permanent' } }],
    ['complained', { eventType: 'Complaint', complaint: {} }],
    ['complained', { eventType: 'Complaint', complaint: { complaintFeedbackType: 'abuse' } }],
  ] as const)('goes to no address that has %s, whoever has it', async (reason, report) => {
    const email = `${randomUUID()}@example.com`;
    await suppressAddress(mailbox(), { ...report, mail: { destination: [email.toUpperCase()] } });
    for (const userId of [await aUser({ email }), await aUser({ email })])
      expect(await handled(notificationOfStatus('shipped', { userId }))).toMatchObject(suppressed(reason));
  });

  it('goes to an address that the report of a bounce names, and not to the one whose mail bounced', async () => {
    const [email, named] = [`${randomUUID()}@example.com`, `${randomUUID()}@example.com`];
    const report = {
      eventType: 'Bounce',
      bounce: { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: named }] },
      mail: { destination: [email] },
    };
    await suppressAddress(mailbox(), MailFeedback.parse(report));
    const [bounced, other] = [await aUser({ email }), await aUser({ email: named })];
    expect(await handled(notificationOfStatus('shipped', { userId: bounced }))).toMatchObject(
      suppressed('bounced'),
    );
    expect(await handled(notificationOfStatus('shipped', { userId: other }))).toMatchObject({ sent: 1 });
  });

  it('goes to no address whose verification is expired, and each mail before keeps it for longer', async () => {
    const userId = await aUser();
    const { mails, sent } = orderMails();
    await mails.handle(notificationOfStatus('confirmed', { userId, version: 9 }), delivery());
    const year = { aheadMs: 365 * 86_400_000 };
    const aYearLater = orderMails(year);
    await aYearLater.mails.handle(notificationOfStatus('shipped', { userId, version: 10 }), delivery());
    const twoYearsLater = orderMails({ aheadMs: 2 * year.aheadMs });
    await twoYearsLater.mails.handle(notificationOfStatus('delivered', { userId, version: 11 }), delivery());
    const fourYearsLater = orderMails({ aheadMs: 4 * year.aheadMs });
    const last = notificationOfStatus('cancelled', { userId, version: 12 });
    await fourYearsLater.mails.handle(last, delivery());
    expect(
      [sent, aYearLater.sent, twoYearsLater.sent, fourYearsLater.sent].map(({ length }) => length),
    ).toEqual([1, 1, 1, 0]);
    expect((await mailboxOf(last)).at(-1)).toMatchObject({ state: 'suppressed', reason: 'unverified' });
  });

  it.each([
    ['bounced for now', { eventType: 'Bounce', bounce: { bounceType: 'Transient' } }],
    [
      'was reported to be no spam',
      { eventType: 'Complaint', complaint: { complaintFeedbackType: 'not-spam' } },
    ],
  ] as const)('is sent although a mail before %s', async (_, report) => {
    const email = `${randomUUID()}@example.com`;
    await suppressAddress(mailbox(), { ...report, mail: { destination: [email] } });
    const { sent } = await handled(notificationOfStatus('shipped', { userId: await aUser({ email }) }));
    expect(sent).toBe(1);
  });

  it('is above the bound of its user and day, also when two are at the bound at once; tomorrow mails go again', async () => {
    const userId = await aUser();
    await putInMailbox({
      ...userDayKey(UserId.parse(userId), dayOf(new Date())),
      orderMails: ORDER_MAILS_PER_DAY_MAX - 1,
    });
    const events = [1, 2].map((version) => notificationOfStatus('shipped', { userId, version }));
    const { mails, sent } = orderMails();
    await Promise.all(events.map((event) => mails.handle(event, delivery())));
    expect(sent).toHaveLength(1);
    const [first] = events;
    const states = first === undefined ? [] : (await mailboxOf(first)).map(({ state }) => state);
    expect(states.toSorted()).toEqual(['sent', 'suppressed']);

    const tomorrow = orderMails({ aheadMs: 86_400_000 });
    await tomorrow.mails.handle(notificationOfStatus('delivered', { userId, version: 3 }), delivery());
    expect(tomorrow.sent).toHaveLength(1);
  });

  it('counts a mail once that is sent again after its lease', async () => {
    const userId = await aUser();
    const event = notificationOfStatus('shipped', { userId });
    const message = delivery();
    await expect(orderMails({ endsOnceSent: true }).mails.handle(event, message)).rejects.toThrow(
      'has ended',
    );
    const ahead = { aheadMs: REMAINING_MS + 10_000 };
    await orderMails(ahead).mails.handle(event, message);
    const day = userDayKey(UserId.parse(userId), dayOf(new Date()));
    expect(await new TestTable(dynamoDb, mailboxTableName).get(day)).toMatchObject({ orderMails: 1 });
  });
});
