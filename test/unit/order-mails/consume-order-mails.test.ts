import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { exampleOf } from '../../../infra/contract-tooling/event-examples.ts';
import { TransientError } from '../../../pipelines/errors.ts';
import { consumeOrderMails } from '../../../pipelines/order-mails/consume-order-mails.ts';
import { notificationOfStatus } from '../../builders/notifications.ts';
import { contextWith } from '../../builders/stream/stream-batch.ts';

const REMAINING_MS = 50_000;
const record = (messageId: string, body: string): SQSRecord => ({
  messageId,
  receiptHandle: '',
  body,
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '',
    SenderId: '',
    ApproximateFirstReceiveTimestamp: '',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: '',
  awsRegion: '',
});
const shipped = notificationOfStatus('shipped');
const logged: unknown[] = [];
const suppressed: unknown[] = [];
const logger = { warn: (...entry: unknown[]) => void logged.push(entry) };

async function failuresOf(
  bodies: Readonly<Record<string, string>>,
  handle = async () => {},
): Promise<string[]> {
  const event: SQSEvent = { Records: Object.entries(bodies).map(([id, body]) => record(id, body)) };
  const { batchItemFailures } = await consumeOrderMails(event, contextWith(REMAINING_MS), {
    orderMails: { handle },
    suppress: async (feedback) => void suppressed.push(feedback),
    logger,
  });
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

describe('the consuming of order mails', () => {
  it('reports what breaks the contract, and sends the mails beside it', async () => {
    const handled: string[] = [];
    const handle = async ({ id }: { id: string } = shipped): Promise<void> => void handled.push(id);
    const failures = await failuresOf(
      {
        'no-json': 'ada@example.com',
        'no-notification': '{"email":"ada@example.com"}',
        sound: JSON.stringify(shipped),
      },
      handle,
    );
    expect(failures).toEqual(['no-json', 'no-notification']);
    expect(handled).toEqual([shipped.id]);
  });

  it('takes in what SES reports of a mail, as SES writes it', async () => {
    suppressed.length = 0;
    // See https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html.
    const bounce = {
      bounceType: 'Permanent',
      bounceSubType: 'General',
      bouncedRecipients: [{ emailAddress: 'recipient@example.com', action: 'failed', status: '5.1.1' }],
      timestamp: '2017-08-05T00:41:02.669Z',
      feedbackId: '01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000',
    };
    const body = JSON.stringify({
      eventType: 'Bounce',
      bounce,
      mail: { destination: ['recipient@example.com'] },
    });
    expect(await failuresOf({ body })).toEqual([]);
    expect(suppressed).toEqual([
      {
        eventType: 'Bounce',
        bounce: { bounceType: 'Permanent' },
        mail: { destination: ['recipient@example.com'] },
      },
    ]);
  });

  it('reports a bounce of a mail to several addresses, of which it cannot know the one, and logs none', async () => {
    suppressed.length = 0;
    logged.length = 0;
    const mail = { destination: ['ada@example.com', 'bob@example.com'] };
    const several = JSON.stringify({ eventType: 'Bounce', bounce: { bounceType: 'Permanent' }, mail });
    expect(await failuresOf({ several })).toEqual(['several']);
    expect(suppressed).toEqual([]);
    expect(JSON.stringify(logged)).not.toContain('example.com');
  });

  it('has nothing to do for the text by which SES tries the topic, and reports every other text', async () => {
    const tried = 'Successfully validated SNS topic for Amazon SES event publishing.';
    expect(await failuresOf({ tried, other: `${tried} ada@example.com` })).toEqual(['other']);
  });

  it('sends no mail for an event of the past that a backfill sends', async () => {
    const handled: string[] = [];
    const handle = async ({ id }: { id: string } = shipped): Promise<void> => void handled.push(id);
    const replayed = JSON.stringify({ ...shipped, replayed: true });
    expect(await failuresOf({ replayed, current: JSON.stringify(shipped) }, handle)).toEqual([]);
    expect(handled).toEqual([shipped.id]);
  });

  it('has nothing to do for a type that is not known yet', async () => {
    const handled: string[] = [];
    const handle = async ({ id }: { id: string } = shipped): Promise<void> => void handled.push(id);
    const body = JSON.stringify({ ...shipped, type: 'order.refunded' });
    expect(await failuresOf({ later: body }, handle)).toEqual([]);
    expect(handled).toEqual([]);
  });

  it('sends no mail for an event that reports no status', async () => {
    const handled: string[] = [];
    const handle = async ({ id }: { id: string } = shipped): Promise<void> => void handled.push(id);
    const body = JSON.stringify(exampleOf('order.high-value'));
    expect(await failuresOf({ fact: body }, handle)).toEqual([]);
    expect(handled).toEqual([]);
  });

  it('reports a batch of which every mail failed, and does not throw', async () => {
    const body = JSON.stringify(shipped);
    const fail = () => Promise.reject(new TransientError('SES is away'));
    expect(await failuresOf({ a: body, b: body }, fail)).toEqual(['a', 'b']);
  });

  it('logs why a mail failed, and nothing of what the message holds', async () => {
    logged.length = 0;
    await failuresOf({ broken: '{"email":"ada@example.com"}' });
    expect(logged).toMatchObject([[expect.any(String), { messageId: 'broken' }]]);
    expect(JSON.stringify(logged)).not.toContain('ada@example.com');
  });
});
