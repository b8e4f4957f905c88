import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { queuedMessage } from '../../../pipelines/dead-letters/parse/queued-message.ts';
import { parseMessages, readMessages } from '../../../pipelines/dead-letters/queue/queue-pass.ts';
import { deadLetterOf, objectCreated, ownPlaces } from '../../builders/dead-letters/dead-letters.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

const own = ownPlaces('b');
const { signal } = new AbortController();
const message = (MessageId: string, body: object, SentTimestamp = '1772366400000') =>
  queuedMessage({ MessageId, Body: JSON.stringify(body), Attributes: { SentTimestamp } });
const sound = message('sound', deadLetterOf(insertOf(orderItem())));

/** A bucket that fails in a way of its own. */
function s3Failing(fails: () => Promise<never>): S3Client {
  const s3 = new S3Client({ region: 'eu-central-1' });
  s3.middlewareStack.add(() => fails, { step: 'initialize' });
  return s3;
}

describe('dead letters that are opened together', () => {
  it.each<readonly [string, () => Promise<never>]>([
    ['rejects with an error', () => Promise.reject(new Error('the object of ada@example.com'))],
    ['rejects with something else', () => Promise.reject('ada@example.com')],
    [
      'throws at once',
      () => {
        throw new TypeError('ada@example.com');
      },
    ],
  ])('are read beside one whose bucket %s, of which nothing is quoted', async (_, fails) => {
    const read = readMessages(
      [message('lost', objectCreated('b', 'aws/lambda/k')), sound],
      'order-events',
      own,
    );
    const opened = await parseMessages(read, { ...own, s3: s3Failing(fails) }, signal);
    expect(opened.map(({ summary }) => [summary.messageId, summary.kind])).toEqual([
      ['lost', 'unreadable'],
      ['sound', 'record'],
    ]);
    expect(JSON.stringify(opened.map(({ summary }) => summary))).not.toContain('ada@');
  });

  it('are read beside one that SQS says no time of', () => {
    const read = readMessages([message('odd', {}, 'yesterday'), sound], 'order-events', own);
    expect(read.map(({ summary }) => summary.kind)).toEqual(['unreadable', 'record']);
  });
});
