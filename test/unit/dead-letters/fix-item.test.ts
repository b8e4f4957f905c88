import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { FixDeadLetter } from '../../../contracts/api/dead-letters.ts';
import { Version } from '../../../contracts/ids.ts';
import { parse, read } from '../../../contracts/reading.ts';
import { fixedItem } from '../../../pipelines/dead-letters/actions/fix-item.ts';
import { countsText, endOf, replayCounts } from '../../../pipelines/dead-letters/actions/recorded-actions.ts';
import { unmarshal } from '../../../pipelines/dynamodb/unmarshal.ts';
import { causeIdOf } from '../../../pipelines/operations/dead-letter-entry.ts';
import { orderItem, orderLine, productItem } from '../../builders/values/items.ts';

const NOW = new Date('2026-03-05T00:00:00.000Z');
const FIRST = parse(Version, 1_772_700_000_000_000);
const clock = { now: () => NOW, firstVersion: () => FIRST };
const order = orderItem();

const fixed = (item: object, set: FixDeadLetter['set'], key = order, orderRetentionDays = 0) => {
  const image = marshall(item, { removeUndefinedValues: true });
  const result = fixedItem(image, key, set, { clock, orderRetentionDays });
  return { ...result, item: unmarshal(result.image) };
};

describe('a fix', () => {
  it('sets a field, raises the version and changes the time', () => {
    const { item, issues, changes } = fixed({ ...order, total: '2500' }, { 'NewImage.total': order.total });
    expect([item, issues]).toEqual([
      { ...order, version: order.version + 1, updatedAt: NOW.toISOString() },
      [],
    ]);
    expect(changes.map(({ path }) => path).toSorted()).toEqual(['total', 'updatedAt', 'version']);
  });

  it('sets a field inside of a list and of a map, and removes one', () => {
    const [line] = order.lines;
    const item = {
      ...order,
      lines: [{ ...line, amount: 'x' }],
      shipTo: { ...order.shipTo, state: 7, city: 1 },
    };
    const set = { 'lines.0.amount': order.total, 'shipTo.city': 'Ulm', 'shipTo.state': null };
    expect(fixed(item, set)).toMatchObject({ issues: [], item: { shipTo: { city: 'Ulm' } } });
  });

  it('derives the type, the ids of the key and the keys of the indices', () => {
    const { entityType: _type, userId: _user, GSI1PK: _pk, LSI1SK: _sk, ...rest } = order;
    const { item, issues } = fixed(rest, { currency: 'EUR' });
    expect(issues).toEqual([]);
    expect(item).toMatchObject({ entityType: 'Order', userId: order.userId, LSI1SK: order.LSI1SK });
    const product = productItem();
    expect(
      fixed({ ...product, GSI2PK: 'STOCK#x' }, { stock: product.stock }, product as never),
    ).toMatchObject({
      issues: [],
    });
  });

  it('keeps what no contract knows, also what has no plain form', () => {
    const note = new Set(['a', 'b']);
    const { image } = fixed({ ...order, note, total: 'x' }, { total: order.total });
    expect(image['note']).toEqual({ SS: ['a', 'b'] });
  });

  it.each([
    ['none', undefined],
    ['text', 'one'],
    ['far ahead', Number.MAX_SAFE_INTEGER],
  ])('gives the version of the clock where that of the item is %s', (_, version) => {
    expect(fixed({ ...order, version }, { currency: 'EUR' })).toMatchObject({
      issues: [],
      item: { version: FIRST },
    });
  });

  it.each([
    ['version', 'is derived, and cannot be set'],
    ['pk', 'is derived, and cannot be set'],
    ['PRODUCT#pen.stock', 'is of another item: fix that one'],
    ['lines.9.amount', 'is not in the item'],
    ['status.x', 'is not in the item'],
    ['__proto__.x', 'must be a path, such as lines.0.amount'],
    ['lines..x', 'must be a path, such as lines.0.amount'],
  ])('does not set %s', (path, message) => {
    expect(fixed(order, { [path]: 1 }).issues).toEqual([{ path, message }]);
  });

  const EXPIRES = Date.parse('2026-04-04T00:00:00.000Z') / 1_000;
  it.each([
    ['a final status', { status: 'lost' }, { status: 'cancelled' }, 30, EXPIRES],
    [
      'a final status, where orders are kept for ever',
      { status: 'lost' },
      { status: 'cancelled' },
      0,
      undefined,
    ],
    ['a status that can change', { status: 'cancelled', ttl: 5 }, { status: 'placed' }, 30, undefined],
    [
      'the final status that it had',
      { status: 'cancelled', ttl: 5, total: 'x' },
      { total: order.total },
      30,
      5,
    ],
  ])('gives an order with %s the ttl of that', (_, wrong, set, orderRetentionDays, ttl) => {
    const { item, issues } = fixed({ ...order, ...wrong }, { ...set }, order, orderRetentionDays);
    expect([item['ttl'], issues]).toEqual([ttl, []]);
  });

  it('gives an order the ttl of a final status that it did not have, whatever ttl it had', () => {
    const { item } = fixed({ ...order, ttl: 5 }, { status: 'cancelled' }, order, 30);
    expect(item['ttl']).toBe(EXPIRES);
  });

  it.each([
    [10, []],
    [11, [{ path: 'received', message: 'must be stock + reserved, which is 10' }]],
  ])('of a product of which ten pieces are there, with %i received', (received, issues) => {
    const product = { ...productItem({ stock: 7, reserved: 3, received: 10 }), received };
    expect(fixed(product, { stock: 7 }, product as never).issues).toEqual(issues);
  });

  it('sets the eleventh line, and no line that is no number', () => {
    const lines = Array.from({ length: 11 }, () => orderLine({ amount: 100 }));
    const long = { ...orderItem({ lines }), total: 'x' };
    expect(fixed(long, { 'lines.10.amount': 200, total: 1_200 }).issues).toEqual([]);
    for (const path of ['lines.0x1.amount', 'lines.1e0.amount', 'lines.-0.amount'])
      expect(fixed(long, { [path]: 200 }).issues).toEqual([{ path, message: 'is not in the item' }]);
  });

  it('sets a line as a whole, and does not remove one', () => {
    expect(fixed(order, { 'lines.0': 'x' }).issues).toMatchObject([{ path: 'lines.0' }]);
    expect(fixed(order, { 'lines.0': null }).issues).toEqual([
      { path: 'lines.0', message: 'is not in the item' },
    ]);
  });

  it('makes the map that a field is in', () => {
    expect(fixed(order, { 'gift.note': 'for you' }).item).toMatchObject({ gift: { note: 'for you' } });
  });

  it('of an item of no known type is still checked', () => {
    const { issues } = fixed({ pk: 'a', sk: 'b' }, { total: 1 }, { ...order, pk: 'a', sk: 'b' });
    expect(issues).toMatchObject([{ path: 'entityType' }]);
  });

  it('names each value that it changes, whatever its form', () => {
    const odd = {
      ...order,
      empty: [],
      none: null,
      map: {},
      note: new Set(['a']),
      shipTo: { ...order.shipTo, city: 1 },
    };
    const set = { empty: null, none: null, map: null, note: null, 'shipTo.city': 'Ulm' };
    const { changes } = fixed(odd, set);
    const named = changes.filter(({ path }) => path !== 'version' && path !== 'updatedAt');
    expect(named.toSorted((one, other) => (one.path < other.path ? -1 : 1))).toEqual([
      { path: 'empty', before: '[]', after: undefined },
      { path: 'map', before: '{}', after: undefined },
      { path: 'none', before: 'null', after: undefined },
      { path: 'note', before: '["a"]', after: undefined },
      { path: 'shipTo.city', before: '1', after: '"Ulm"' },
    ]);
  });

  it('that removes a field of a map that is not there changes nothing', () => {
    const { changes } = fixed(order, { 'gift.note': null });
    expect(changes.map(({ path }) => path).toSorted()).toEqual(['updatedAt', 'version']);
  });

  it('makes no order rejected, since that would keep its stock reserved', () => {
    expect(fixed({ ...order, status: 'lost' }, { status: 'rejected' }).issues).toEqual([
      { path: 'status', message: 'must not become rejected, which frees no stock: set cancelled' },
    ]);
    expect(fixed({ ...order, status: 'lost' }, { status: 'cancelled' }).issues).toEqual([]);
  });

  it('leaves an order rejected that was', () => {
    const wrong = { ...order, status: 'rejected', total: '2500' };
    expect(fixed(wrong, { total: order.total, status: 'rejected' })).toMatchObject({
      ...{ issues: [], item: { status: 'rejected' } },
    });
  });

  it('refuses a product whose pieces do not add up', () => {
    const product = productItem();
    expect(fixed(product, { stock: 9 }, product as never).issues).toEqual([
      { path: 'received', message: 'must be stock + reserved, which is 9' },
    ]);
  });

  it.each([1e300, -1e300, Number.MAX_SAFE_INTEGER + 1])('does not take %d', (total) => {
    expect(read(FixDeadLetter, { set: { total } }).success).toBe(false);
  });

  it('names what still violates the contract', () => {
    expect(
      fixed({ ...order, status: 'lost' }, { total: order.total }).issues.map(({ path }) => path),
    ).toContain('status');
  });
});

describe('the counts of an action', () => {
  const step = {
    outcomes: { replayed: 2, itemDeleted: 0, failed: 18, skipped: 0 },
    failures: ['NewImage.total', 'NewImage.status'].map((path, index) => ({
      causeId: causeIdOf('contract-violation', 'Order', { path, message: 'm' }),
      reason: 'contract-violation',
      issue: { path, message: 'm' },
      count: [12, 6][index] ?? 0,
    })),
    remaining: 0,
    records: 20,
    failedRecords: 0,
  };

  it('are a sentence', () => {
    expect(countsText(replayCounts(step))).toBe('2 replayed, 18 failed: total 12, status 6');
    expect(countsText({})).toBe('nothing');
  });

  it('name the records that failed in batches that went on', () => {
    const cutOff = { ...step, outcomes: { ...step.outcomes, failed: 0 }, failedRecords: 18 };
    expect(countsText(replayCounts(cutOff))).toBe('2 replayed, 18 failed in batches: total 12, status 6');
  });

  it.each([
    ['done', { replayed: 2 }, true],
    ['partly', { replayed: 2, failed: 1 }, true],
    ['partly', { replayed: 1, failedRecords: 5 }, true],
    ['partly', { purged: 2 }, false],
    ['failed', { failed: 1 }, true],
  ])('end as %s', (outcome, counts, isComplete) => {
    expect(endOf(counts, isComplete).outcome).toBe(outcome);
  });
});
