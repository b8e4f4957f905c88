import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObjectCreatedNotification } from '../../../contracts/imports/object-notification.ts';
import { queuesToNotify } from '../../../infra/local/object-notifications/bucket-notifications.ts';
import {
  type CreatedObject,
  objectCreated,
  Sequencer,
} from '../../../infra/local/object-notifications/object-created.ts';

const object: CreatedObject = {
  eventName: 'ObjectCreated:Put',
  bucket: 'imports',
  key: 'a.csv',
  size: 5,
  eTag: '5d41402abc4b2a76b9719d911017c592',
  createdAt: new Date('2026-01-02T03:04:05.678Z'),
  sequencer: '0055AED6DCD90281E5',
};
const keyOf = (key: string): string | undefined =>
  ObjectCreatedNotification.parse(objectCreated({ ...object, key })).Records[0]?.s3.object.key;
const arnOf = (name: string) => `arn:aws:sqs:eu-central-1:000000000000:${name}`;

describe("S3's message of a new object", () => {
  it('says which object, how large, when and in what order', () => {
    expect(objectCreated(object)).toMatchObject({
      Records: [
        {
          eventSource: 'aws:s3',
          awsRegion: 'eu-central-1',
          eventTime: '2026-01-02T03:04:05.678Z',
          eventName: 'ObjectCreated:Put',
          s3: {
            bucket: { name: 'imports', arn: 'arn:aws:s3:::imports' },
            object: { key: 'a.csv', size: 5, eTag: object.eTag, sequencer: object.sequencer },
          },
        },
      ],
    });
  });

  it.each([
    ['a folder', 'in/2026/a.csv', 'in/2026/a.csv'],
    ['a space', 'my orders.csv', 'my+orders.csv'],
    ['a plus', 'a+b.csv', 'a%2Bb.csv'],
    ['brackets', 'a(1).csv', 'a%281%29.csv'],
    ['characters beyond ASCII', 'grüße.csv', 'gr%C3%BC%C3%9Fe.csv'],
  ])('encodes a key with %s', (_name, key, encoded) => {
    expect(keyOf(key)).toBe(encoded);
  });

  it('has a key that decodes to what it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
        expect(decodeURIComponent((keyOf(key) ?? '').replaceAll('+', ' '))).toBe(key);
      }),
    );
  });
});

describe('sequencers', () => {
  it('rise as texts, also within one millisecond and when the clock is set back', () => {
    const times = [1_000, 1_000, 999, 2_000_000_000_000];
    const sequencer = new Sequencer(() => times.shift() ?? 0);
    const sequencers = [1, 2, 3, 4].map(() => sequencer.next());
    expect(sequencers).toEqual([...new Set(sequencers)].toSorted());
    expect(sequencers.every((one) => /^[0-9A-F]{18}$/.test(one))).toBe(true);
  });
});

describe('the queues that hear of an object', () => {
  const notifications = [
    { bucket: 'imports', queueArn: arnOf('csv'), prefix: 'in/', suffix: '.csv' },
    { bucket: 'imports', queueArn: arnOf('json'), prefix: 'in/', suffix: '.json' },
    { bucket: 'other', queueArn: arnOf('all'), prefix: '', suffix: '' },
  ];

  it.each([
    ['imports', 'in/a.csv', ['csv']],
    ['imports', 'in/a.json', ['json']],
    ['imports', 'out/a.csv', []],
    ['imports', 'in/a.txt', []],
    ['other', 'a', ['all']],
    ['third', 'in/a.csv', []],
  ])('of %s: %s', (bucket, key, queues) => {
    expect([...queuesToNotify(notifications, { bucket, key })]).toEqual(queues);
  });
});
