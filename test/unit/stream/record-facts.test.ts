import { describe, expect, it } from 'vitest';
import { Instant } from '../../../contracts/ids.ts';
import { ISSUES_MAX } from '../../../contracts/reading.ts';
import { deadLetterIdOf } from '../../../pipelines/operations/dead-letter-entry.ts';
import {
  NAME_LENGTH_MAX,
  recordEntity,
  recordEntry,
  recordKey,
  recordVersion,
} from '../../../pipelines/stream/record-facts.ts';
import { insertOf, modifyOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

const keyed = (pk: unknown, sk: unknown) => ({ dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } } } });
/** A record whose key is of no known shape, with these images. */
const strange = (images: object) => ({ dynamodb: { ...keyed('a', 'b').dynamodb, ...images } });

describe('the key of a record', () => {
  it('is read where the item breaks its contract', () => {
    expect(recordKey(keyed('a', 'b'))).toEqual({ pk: 'a', sk: 'b' });
  });

  it('may have 2,048 bytes in its partition key and 1,024 in its sort key', () => {
    const [pk, sk] = ['é'.repeat(1_024), 'é'.repeat(512)];
    expect(recordKey(keyed(pk, sk))).toEqual({ pk, sk });
  });

  it.each([
    ['a partition key that is a byte too long', 'x'.repeat(2_049), 'b'],
    ['a sort key that is a byte too long', 'a', 'x'.repeat(1_025)],
    ['an empty partition key', '', 'b'],
    ['an empty sort key', 'a', ''],
    ['half a character', '\uD83D', 'b'],
    ['a number', 7, 'b'],
  ])('is none with %s, which the table cannot hold', (_what, pk, sk) => {
    expect(recordKey(keyed(pk, sk))).toBeUndefined();
  });

  it.each([undefined, {}, { dynamodb: {} }])('is none in %j', (record) => {
    expect(recordKey(record)).toBeUndefined();
  });
});

describe('the version of a record', () => {
  const version = (N: string) => ({ version: { N } });

  it.each([
    ['the new image', { NewImage: version('8'), OldImage: version('7') }, 8],
    ['the old image where there is no new one', { OldImage: version('7') }, 7],
    ['the old image where the new one has none', { NewImage: {}, OldImage: version('7') }, 7],
    ['the new image where there is no old one', { NewImage: version('8') }, 8],
  ])('is that of %s', (_which, dynamodb, expected) => {
    expect(recordVersion({ dynamodb })).toBe(expected);
  });

  it.each([undefined, {}, { dynamodb: {} }, { dynamodb: { NewImage: version('none') } }])(
    'is none in %j',
    (record) => {
      expect(recordVersion(record)).toBeUndefined();
    },
  );
});

describe('the type of a record’s item', () => {
  const typed = (S: string) => ({ entityType: { S } });

  it('is that of its key, whatever its image says', () => {
    const { dynamodb } = insertOf(orderItem());
    expect(recordEntity({ dynamodb: { ...dynamodb, NewImage: typed('Voucher') } })).toBe('Order');
  });

  it.each([
    ['the new image', { NewImage: typed('Voucher'), OldImage: typed('Coupon') }, 'Voucher'],
    ['the new image where there is no old one', { NewImage: typed('Voucher') }, 'Voucher'],
    ['the old image where there is no new one', { OldImage: typed('Coupon') }, 'Coupon'],
  ])('is that of %s where the key has no known shape', (_which, images, type) => {
    expect(recordEntity(strange(images))).toBe(type);
  });

  it('is that of the image where there is no key', () => {
    expect(recordEntity({ dynamodb: { NewImage: typed('Voucher') } })).toBe('Voucher');
  });

  it.each([undefined, {}, strange({})])('is unknown in %j', (record) => {
    expect(recordEntity(record)).toBe('unknown');
  });

  it('does not fill a list', () => {
    expect(recordEntity(strange({ NewImage: typed('x'.repeat(500)) }))).toHaveLength(NAME_LENGTH_MAX);
  });
});

describe('what the store keeps of a record', () => {
  const at = Instant.parse('2026-03-01T12:00:00.000Z');
  const issueAt = (path: string) => ({ path, message: 'wrong' });
  const entryOf = (record: unknown, { issues = [issueAt('NewImage.total')], eventId = 'e-1' } = {}) =>
    recordEntry(
      deadLetterIdOf('order-events', 'e-1'),
      {
        consumer: 'order-events',
        reason: { code: 'contract-violation', message: 'broken', issues },
        attempts: 1,
        firstSeenAt: at,
        deadLetteredAt: at,
        eventId,
      },
      record,
    );
  const blamed = (record: unknown, path: string) =>
    entryOf(record, { issues: [issueAt(path)] }).reason.issues[0];

  it('is what happened, to which item, in which event', () => {
    const { pk, sk } = orderItem();
    expect(entryOf(insertOf(orderItem()))).toMatchObject({
      entity: 'Order',
      key: { pk, sk },
      eventId: 'e-1',
      eventName: 'INSERT',
    });
  });

  it('is no event where the record names none', () => {
    expect(entryOf({}, { eventId: '' })).toMatchObject({ eventId: undefined, eventName: undefined });
  });

  it.each([undefined, null, 'text'])('is no value of what is no record: %j', (record) => {
    const entry = entryOf(record);
    expect(entry.eventName).toBeUndefined();
    expect(entry.reason.issues).toEqual([{ path: 'NewImage.total', message: 'wrong' }]);
  });

  const changed = modifyOf(orderItem({ status: 'placed' }), orderItem({ status: 'confirmed' }));
  it.each([
    ['of the new image', changed, 'NewImage.status', 'confirmed'],
    ['of the old image', changed, 'OldImage.status', 'placed'],
    ['of the key', changed, 'Keys.sk', orderItem().sk],
    ['of the newest image where the path names none', changed, 'status', 'confirmed'],
    ['of the old image where it is the only one', strange({ OldImage: { a: { S: 'x' } } }), 'a', 'x'],
    ['of the new image where it is the only one', strange({ NewImage: { a: { S: 'x' } } }), 'a', 'x'],
    ['in a list', changed, 'NewImage.lines.0.sku', 'SKU-1'],
  ])('is the value at the path %s', (_where, record, path, value) => {
    expect(blamed(record, path)).toEqual({ path, message: 'wrong', value });
  });

  it('is read from an image once, however many issues there are', () => {
    let readings = 0;
    const NewImage = {
      get total() {
        readings += 1;
        return { S: 'many' };
      },
    };
    const of = (count: number) => {
      const issues = Array.from({ length: count }, () => issueAt('NewImage.total'));
      readings = 0;
      const entry = entryOf(strange({ NewImage }), { issues });
      return [readings, entry.reason.issues.every(({ value }) => value === 'many')];
    };
    expect(of(20)).toEqual(of(1));
    expect(of(1)).toEqual([expect.any(Number), true]);
  });

  it('is the first of the issues that a message names', () => {
    const paths = Array.from({ length: ISSUES_MAX + 1 }, (_, index) => `NewImage.lines.${index}`);
    const { issues } = entryOf(changed, { issues: paths.map(issueAt) }).reason;
    expect(issues.map(({ path }) => path)).toEqual(paths.slice(0, ISSUES_MAX));
  });

  it.each([
    ['an attribute that is missing', 'NewImage.gift'],
    ['a member of a text', 'NewImage.status.0'],
    ['a member of what is missing', 'NewImage.gift.name'],
    ['a member of null', 'NewImage.nothing.name'],
    ['what every object inherits', 'NewImage.toString'],
    ['an image that is none', 'OldImage.status'],
  ])('is no value of %s', (_what, path) => {
    const { dynamodb } = insertOf(orderItem());
    const NewImage = { ...dynamodb?.NewImage, nothing: { NULL: true } };
    const issue = blamed({ dynamodb: { ...dynamodb, NewImage, OldImage: 'none' } }, path);
    expect(Object.keys(issue ?? {})).toEqual(['path', 'message']);
  });
});
