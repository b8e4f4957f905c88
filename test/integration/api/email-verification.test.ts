import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BadRequestException, MessageRejected, SESv2Client } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserId } from '../../../contracts/ids.ts';
import { verifiedAddressKey } from '../../../contracts/order-mails/mailbox-items.ts';
import { usersHandler } from '../../../handlers/api/users.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { MailFolder } from '../../../infra/local/mail/mail-folder.ts';
import { type MailServer, startMailServer } from '../../../infra/local/mail/mail-server.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { addressHash } from '../../../pipelines/order-mails/address-hash.ts';
import { VERIFICATION_MAILS_PER_DAY_MAX } from '../../../pipelines/order-mails/daily-bounds.ts';
import { readRecipient } from '../../../pipelines/order-mails/recipient.ts';
import { suppressAddress } from '../../../pipelines/order-mails/suppress-address.ts';
import { mailTokens } from '../../builders/page-tokens.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { createMailboxTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { type Answer, calling, newId, problemIn, startWriteApi, type WriteApi } from './write-api.ts';

const DAY_MS = 86_400_000;
const dynamoDb = localDynamoDb();
let api: WriteApi;
let mailboxTableName: string;
let folder: string;
let server: MailServer;
let ses: SESv2Client;
let clockMs = 0;
const clock = { ...systemClock, now: () => new Date(Date.now() + clockMs) };

beforeAll(async () => {
  [api, mailboxTableName, folder] = await Promise.all([
    startWriteApi(dynamoDb),
    createMailboxTable(dynamoDb),
    mkdtemp(join(tmpdir(), 'verification-')),
  ]);
  server = await startMailServer(await MailFolder.open(folder));
  ses = new SESv2Client({ endpoint: server.url, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });
});
afterAll(async () => {
  ses?.destroy();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const mailsDeps = () => ({
  ...api.deps,
  ...{ mailboxTableName, ses, clock, tokens: mailTokens(clock) },
  sender: { from: 'orders@shop.example', configurationSet: 'mails' },
});
const request = (userId: string) =>
  calling(
    usersHandler({ ...api.deps, clock, mails: mailsDeps() }),
    'requestEmailVerification',
  )({ path: { userId } });
const confirm = (userId: string, token: string) =>
  calling(
    usersHandler({ ...api.deps, clock, mails: mailsDeps() }),
    'confirmEmail',
  )({ path: { userId }, body: { token } });
const unsubscribeBy = (token: string) =>
  calling(usersHandler({ ...api.deps, mails: mailsDeps() }), 'unsubscribe')({ query: { token } });
/** The token of the link in a mail to an address of a user. */
const linkTo = ({ userId, email }: { userId: string; email: string }) =>
  mailTokens().sealUnsubscribe({ userId: UserId.parse(userId), addressHash: addressHash(email) });
const verifiedBy = (userId: string) =>
  new TestTable(dynamoDb, mailboxTableName).get(verifiedAddressKey(UserId.parse(userId)));
const recipientOf = (userId: string) => readRecipient(mailsDeps(), UserId.parse(userId));

/** A user with an address of its own. */
async function aUser(email = `${newId('a')}@example.com`) {
  const userId = newId('u');
  await api.createUser({ body: { userId, name: 'Free text: https://evil.example', email } });
  return { userId, email };
}
/** The mails to an address, as text. */
async function mailsTo(email: string): Promise<readonly string[]> {
  const files = await readdir(folder);
  const mails = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return mails.filter((mail) => mail.includes(`To: ${email}`)).map((mail) => mail.replaceAll(/=\r?\n/g, ''));
}
/** The code of the mail that a new request causes. */
async function codeFor({ userId, email }: { userId: string; email: string }): Promise<string> {
  const before = new Set(await mailsTo(email));
  expect((await request(userId)).status).toBe(200);
  const mail = (await mailsTo(email)).find((text) => !before.has(text)) ?? '';
  return /<code>(?<code>[\w-]+)<\/code>/.exec(mail)?.groups?.['code'] ?? '';
}

/** What an answer shows, but for the ids and instants of its own. */
const shapeOf = ({ status, body }: Answer) => ({
  status,
  body: JSON.stringify(body).replaceAll(/u-[\w-]+|\d{4}-\d\d-\d\dT[\d:.]+Z/g, ''),
});

describe('the verification of an address', () => {
  it('takes the code of a mail, and only then do order mails go there', async () => {
    const user = await aUser();
    expect(await recipientOf(user.userId)).toEqual({ state: 'suppressed', reason: 'unverified' });
    const code = await codeFor(user);
    expect(await confirm(user.userId, code)).toMatchObject({ status: 200, body: { state: 'verified' } });
    expect(await recipientOf(user.userId)).toEqual({ state: 'recipient', email: user.email });
    expect(await request(user.userId)).toMatchObject({ status: 200, body: { state: 'verified' } });
    expect(await mailsTo(user.email)).toHaveLength(1);
  });

  it('says in its mail what is true: order mails need the code', async () => {
    const user = await aUser();
    await codeFor(user);
    const [mail = ''] = await mailsTo(user.email);
    expect(mail).toContain('do nothing: without the code, no mails about orders come here.');
  });

  it('mails nothing that the user has entered', async () => {
    const user = await aUser();
    await codeFor(user);
    const [mail = ''] = await mailsTo(user.email);
    expect(mail).not.toContain('evil.example');
    expect(mail).not.toContain(user.userId);
  });

  it('ends with a change of the address', async () => {
    const user = await aUser();
    await confirm(user.userId, await codeFor(user));
    await api.updateUser({ path: { userId: user.userId }, body: { email: `${newId('b')}@example.com` } });
    expect(await recipientOf(user.userId)).toEqual({ state: 'suppressed', reason: 'unverified' });
  });

  it('refuses the code of an address that the user no longer has', async () => {
    const user = await aUser();
    const code = await codeFor(user);
    await api.updateUser({ path: { userId: user.userId }, body: { email: `${newId('b')}@example.com` } });
    expect(problemIn(await confirm(user.userId, code))).toMatchObject({
      status: 400,
      code: 'invalid-verification',
    });
  });

  it("refuses another user's code, also one for the same address", async () => {
    const one = await aUser();
    const other = await aUser(one.email);
    expect(problemIn(await confirm(other.userId, await codeFor(one)))).toMatchObject({
      code: 'invalid-verification',
    });
  });

  it.each([
    ['forged', (code: string) => `${code.slice(0, -2)}AA`],
    ['no code', () => 'AQ'],
  ])('refuses a code that is %s', async (_, change) => {
    const user = await aUser();
    const code = await codeFor(user);
    expect(problemIn(await confirm(user.userId, change(code)))).toMatchObject({
      code: 'invalid-verification',
    });
  });

  it('refuses the token of a link that unsubscribes', async () => {
    const user = await aUser();
    expect(problemIn(await confirm(user.userId, await linkTo(user)))).toMatchObject({
      code: 'invalid-verification',
    });
  });

  it('refuses a code after a day', async () => {
    const user = await aUser();
    const code = await codeFor(user);
    clockMs = DAY_MS;
    const answer = await confirm(user.userId, code);
    clockMs = 0;
    expect(problemIn(answer)).toMatchObject({ code: 'invalid-verification' });
  });

  it('mails an address a few times a day at most, for all users together', async () => {
    const email = `${newId('victim')}@example.com`;
    const users = await Promise.all(
      Array.from({ length: VERIFICATION_MAILS_PER_DAY_MAX + 2 }, () => aUser(email)),
    );
    const statuses = [];
    for (const { userId } of users) statuses.push((await request(userId)).status);
    expect(statuses).toEqual([
      ...Array.from({ length: VERIFICATION_MAILS_PER_DAY_MAX }, () => 200),
      409,
      409,
    ]);
    expect(await mailsTo(email)).toHaveLength(VERIFICATION_MAILS_PER_DAY_MAX);
  });

  it('mails for a user a few times a day at most, whatever addresses the user enters', async () => {
    const { userId } = await aUser();
    const statuses = [];
    for (let time = 0; time <= VERIFICATION_MAILS_PER_DAY_MAX; time += 1) {
      statuses.push((await request(userId)).status);
      await api.updateUser({ path: { userId }, body: { email: `${newId('c')}@example.com` } });
    }
    expect(statuses.at(-1)).toBe(409);
    expect(statuses.slice(0, -1).every((status) => status === 200)).toBe(true);
  });

  it('mails no address that has bounced, and answers as for any other', async () => {
    const { userId, email } = await aUser();
    const { userId: otherId } = await aUser();
    const bounce = { bounceType: 'Permanent' as const };
    await suppressAddress(mailsDeps(), { eventType: 'Bounce', bounce, mail: { destination: [email] } });
    for (let time = 0; time <= VERIFICATION_MAILS_PER_DAY_MAX; time += 1) {
      const [answer, other] = [await request(userId), await request(otherId)];
      expect(shapeOf(answer)).toEqual(shapeOf(other));
    }
    expect(await mailsTo(email)).toEqual([]);
  });

  it('brings the order mails back after they were ended', async () => {
    const user = await aUser();
    await confirm(user.userId, await codeFor(user));
    expect(await unsubscribeBy(await linkTo(user))).toMatchObject({
      status: 200,
      body: { state: 'unsubscribed' },
    });
    expect(await recipientOf(user.userId)).toEqual({ state: 'suppressed', reason: 'unsubscribed' });
    await confirm(user.userId, await codeFor(user));
    expect(await recipientOf(user.userId)).toMatchObject({ state: 'recipient' });
  });

  it('refuses a code that is older than the last time that the user unsubscribed', async () => {
    const user = await aUser();
    const first = await codeFor(user);
    await confirm(user.userId, first);
    const link = await linkTo(user);
    await unsubscribeBy(link);
    const second = await codeFor(user);
    clockMs = 60_000;
    await unsubscribeBy(link);
    clockMs = 0;
    for (const code of [first, second])
      expect(problemIn(await confirm(user.userId, code))).toMatchObject({
        status: 400,
        code: 'invalid-verification',
      });
    expect(await recipientOf(user.userId)).toEqual({ state: 'suppressed', reason: 'unsubscribed' });
  });

  it('refuses such a code also when the user was deleted and created again', async () => {
    const user = await aUser();
    const code = await codeFor(user);
    await confirm(user.userId, code);
    await unsubscribeBy(await linkTo(user));
    const users = usersHandler({ ...api.deps, mails: mailsDeps() });
    await calling(users, 'deleteUser')({ path: { userId: user.userId } });
    await api.createUser({ body: { ...user, name: 'Ada' } });
    expect(problemIn(await confirm(user.userId, code))).toMatchObject({ code: 'invalid-verification' });
    expect(await confirm(user.userId, await codeFor(user))).toMatchObject({ status: 200 });
  });

  it('refuses such a code also when the user has verified another address in between', async () => {
    const user = await aUser();
    const { userId } = user;
    const code = await codeFor(user);
    await confirm(userId, code);
    await unsubscribeBy(await linkTo(user));
    const email = `${newId('b')}@example.com`;
    await api.updateUser({ path: { userId }, body: { email } });
    await confirm(userId, await codeFor({ userId, email }));
    await api.updateUser({ path: { userId }, body: { email: user.email } });
    expect(problemIn(await confirm(userId, code))).toMatchObject({ code: 'invalid-verification' });
  });

  it.each([
    ['an address whose syntax SES refuses', BadRequestException, { status: 409, code: 'address-refused' }],
    ['an address for a sender whom SES does not know', MessageRejected, { status: 500 }],
  ])('refuses %s, and quotes no word of SES', async (_what, Refusal, problem) => {
    const { userId } = await aUser();
    const refusing = new SESv2Client({ region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });
    refusing.middlewareStack.add(
      () => async () => {
        throw new Refusal({ message: 'Email address is not verified.', $metadata: {} });
      },
      { step: 'finalizeRequest' },
    );
    const users = usersHandler({ ...api.deps, clock, mails: { ...mailsDeps(), ses: refusing } });
    const answer = await calling(users, 'requestEmailVerification')({ path: { userId } });
    refusing.destroy();
    expect(problemIn(answer)).toMatchObject(problem);
    expect(JSON.stringify(answer.body)).not.toContain('not verified');
  });

  it('is not there for a user who does not exist', async () => {
    expect((await request(newId('nobody'))).status).toBe(404);
  });

  it('says why it is refused where the stack sends no order mails', async () => {
    const { userId } = await aUser();
    const off = calling(usersHandler(api.deps), 'requestEmailVerification');
    expect(problemIn(await off({ path: { userId } }))).toMatchObject({
      status: 409,
      code: 'order-mails-disabled',
    });
  });
});

describe('the deletion of a user', () => {
  it('deletes what says which address the user had verified, and nothing of others', async () => {
    const [user, other] = [await aUser(), await aUser()];
    for (const one of [user, other]) await confirm(one.userId, await codeFor(one));
    const users = usersHandler({ ...api.deps, mails: mailsDeps() });
    expect((await calling(users, 'deleteUser')({ path: { userId: user.userId } })).status).toBe(200);
    expect(await verifiedBy(user.userId)).toBeUndefined();
    expect(await verifiedBy(other.userId)).toBeDefined();
  });
});

describe('the link that unsubscribes', () => {
  it.each(['x', 'AQ', ''])('is refused with the token %j', async (token) => {
    expect((await unsubscribeBy(token)).status).toBe(400);
  });

  it('needs no caller, and changes nothing for a user who has verified no address', async () => {
    const user = await aUser();
    expect((await unsubscribeBy(await linkTo(user))).status).toBe(200);
    expect(await recipientOf(user.userId)).toEqual({ state: 'suppressed', reason: 'unverified' });
  });

  it('of a mail to an earlier address changes nothing for the address that the user has verified since', async () => {
    const earlier = await aUser();
    const { userId } = earlier;
    await confirm(userId, await codeFor(earlier));
    const email = `${newId('b')}@example.com`;
    await api.updateUser({ path: { userId }, body: { email } });
    await confirm(userId, await codeFor({ userId, email }));
    expect((await unsubscribeBy(await linkTo(earlier))).status).toBe(200);
    expect(await recipientOf(userId)).toEqual({ state: 'recipient', email });
  });
});
