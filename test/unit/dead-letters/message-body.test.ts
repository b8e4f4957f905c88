import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchPayload, readMessageBody } from '../../../pipelines/dead-letters/parse/message-body.ts';
import {
  deadLetterOf,
  objectCreated,
  onFailureOf,
  testEvent,
} from '../../builders/dead-letters/dead-letters.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

const KINDS = ['dead-letter', 'on-failure', 'objects', 'test-event', 'unreadable'];
const deadLetter = deadLetterOf(insertOf(orderItem()));

describe('the body of a message', () => {
  it.each([
    ['a dead letter of a consumer', deadLetter, { kind: 'dead-letter', deadLetter }],
    ["Lambda's pointers", onFailureOf(), { kind: 'on-failure', failure: onFailureOf() }],
    ['a test event of S3', testEvent('b'), { kind: 'test-event' }],
    [
      'a notification of S3, whose key is URL-encoded',
      objectCreated('b', 'aws/lambda/a%3Db/c+d%2B'),
      { kind: 'objects', objects: [{ bucket: 'b', key: 'aws/lambda/a=b/c d+' }] },
    ],
    ['an object that was removed', objectCreated('b', 'k', 'ObjectRemoved:Delete'), { kind: 'unreadable' }],
    ['a key that is not URL-encoded', objectCreated('b', '%E0%A4%A'), { kind: 'unreadable' }],
    ['another JSON', { order: 7 }, { kind: 'unreadable' }],
  ])('is parsed: %s', (_, body, expected) => {
    expect(readMessageBody(JSON.stringify(body))).toMatchObject(expected);
  });

  it('is unreadable when it is no JSON', () => {
    expect(readMessageBody('')).toMatchObject({ kind: 'unreadable' });
  });

  it.each([
    ['100 levels may be nested', 100, 'The body has none of the shapes of a dead letter'],
    ['101 levels may not', 101, 'The body is nested deeper than 100 levels'],
  ])('is read up to a depth: %s', (_what, levels, issue) => {
    const text = `${'[7,'.repeat(levels)}null${']'.repeat(levels)}`;
    expect(readMessageBody(text)).toEqual({ kind: 'unreadable', issue });
  });

  it('is of ten objects at most, all of them new', () => {
    const { Records } = objectCreated('b', 'k');
    const kinds = [10, 11].map(
      (length) => readMessageBody(JSON.stringify({ Records: Array.from({ length }, () => Records[0]) })).kind,
    );
    expect(kinds).toEqual(['objects', 'unreadable']);
    const mixed = [...Records, ...objectCreated('b', 'k', 'ObjectRemoved:Delete').Records];
    expect(readMessageBody(JSON.stringify({ Records: mixed }))).toMatchObject({ kind: 'unreadable' });
  });

  it('is read without a throw, with any content', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => KINDS.includes(readMessageBody(text).kind)),
    );
  });

  it('is read without a throw when a part of a dead letter has another type', () => {
    const bodies: unknown[] = [deadLetter, onFailureOf({}, '{}'), objectCreated('b', 'k'), testEvent('b')];
    fc.assert(
      fc.property(fc.constantFrom(...bodies), fc.nat(), fc.jsonValue(), (body, place, value) => {
        let remaining = place % 40;
        const text = JSON.stringify(body, (_, inner: unknown) => (remaining-- === 0 ? value : inner));
        return text === undefined || KINDS.includes(readMessageBody(text).kind);
      }),
    );
  });

  it('quotes nothing of what it cannot read', () => {
    expect(JSON.stringify(readMessageBody('{"name":"Ada Example"}'))).not.toContain('Ada');
  });
});

describe("the payload of Lambda's message", () => {
  const event = { Records: [insertOf(orderItem())] };

  it.each([
    ['an object', event],
    ['its JSON', JSON.stringify(event)],
  ])('is read as %s', (_, payload) => {
    expect(batchPayload(onFailureOf({}, payload))).toEqual(event.Records);
  });

  it.each([
    ['is absent', undefined],
    ['is no JSON', 'gone'],
    ['is no event of a stream', { name: 'Ada' }],
    ['has no record', { Records: [] }],
  ])('is none when it %s', (_, payload) => {
    expect(batchPayload(onFailureOf({}, payload))).toBeUndefined();
  });
});
