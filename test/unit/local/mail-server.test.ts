import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BadRequestException,
  SESv2Client,
  SendEmailCommand,
  type SendEmailCommandInput,
} from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MailFeedback } from '../../../contracts/order-mails/mail-feedback.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { MailFolder } from '../../../infra/local/mail/mail-folder.ts';
import { type MailServer, startMailServer } from '../../../infra/local/mail/mail-server.ts';

let folder: string;
let server: MailServer;
let ses: SESv2Client;
const reports: MailFeedback[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mails-'));
  const mails = await MailFolder.open(join(folder, 'mails'));
  server = await startMailServer(mails, async (feedback) => void reports.push(feedback));
  ses = new SESv2Client({ endpoint: server.url, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });
});
afterAll(async () => {
  ses?.destroy();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const send = (eventId: string, changes: Partial<SendEmailCommandInput> = {}) =>
  ses.send(
    new SendEmailCommand({
      FromEmailAddress: 'orders@shop.example',
      Destination: { ToAddresses: ['ada@example.com'] },
      Content: {
        Simple: {
          Subject: { Data: 'Grüße' },
          Body: { Text: { Data: 'Hello' } },
          Headers: [{ Name: 'X-Order-Event-Id', Value: eventId }],
        },
      },
      ...changes,
    }),
  );
const kept = () => readdir(join(folder, 'mails'));

describe('the mail server', () => {
  it('keeps a mail as a file that is named by its event', async () => {
    const { MessageId } = await send('01K.17.order.status-changed');
    const message = await readFile(join(folder, 'mails', '01K.17.order.status-changed.eml'), 'utf8');
    expect(message).toContain(`Message-ID: <${MessageId}@127.0.0.1>`);
    expect(message).toContain('Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=');
  });

  it('keeps a second mail of an event beside the first', async () => {
    const { MessageId } = await send('01K.18.order.status-changed');
    await send('01K.18.order.status-changed');
    const ofEvent = (await kept()).filter((name) => name.startsWith('01K.18.'));
    expect(ofEvent.toSorted()).toEqual([
      '01K.18.order.status-changed.eml',
      '01K.18.order.status-changed~2.eml',
    ]);
    const first = await readFile(join(folder, 'mails', '01K.18.order.status-changed.eml'), 'utf8');
    expect(first).toContain(`Message-ID: <${MessageId}@127.0.0.1>`);
  });

  it.each(['../../escaped', '.hidden', 'a/b', 'x'.repeat(300)])(
    'keeps a mail of the event %s in its folder',
    async (id) => {
      const before = await kept();
      await send(id);
      const added = (await kept()).filter((name) => !before.includes(name));
      expect(added).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.eml$/)]);
      expect(await readdir(folder)).toEqual(['mails']);
    },
  );

  it.each([
    ['without a recipient', { Destination: { ToAddresses: [] } }],
    ['from no address', { FromEmailAddress: 'Shop' }],
    [
      'to an address with another header in it',
      { Destination: { ToAddresses: ['a@example.com\r\nBcc: b@example.com'] } },
    ],
    ['with what it does not know', { ReplyToAddresses: ['a@example.com'] }],
  ])('refuses a mail %s', async (_, changes) => {
    await expect(send('refused', changes)).rejects.toBeInstanceOf(BadRequestException);
    expect(await kept()).not.toContain('refused.eml');
  });

  it.each(['bounce', 'complaint'])('reports a %s by the address that the mail went to', async (kind) => {
    reports.length = 0;
    const to = `${kind}@simulator.amazonses.com`;
    await send(kind, { ConfigurationSetName: 'mails', Destination: { ToAddresses: [to] } });
    expect(reports).toMatchObject([{ mail: { destination: [to] } }]);
  });

  it('refuses a header that would begin another one', async () => {
    await expect(send('one\r\nBcc: b@example.com')).rejects.toBeInstanceOf(BadRequestException);
  });
});
