import { ulid } from 'ulid';
import { describe, expect, it } from 'vitest';
import { OrderItem, statusChange, statusKey, statusPartitions } from '../../../contracts/entities/order.ts';
import { hash32, isPartitionOf, PARTITIONS_MAX, partitionOf } from '../../../contracts/partitions.ts';
import { valueIssues } from '../../../contracts/reading.ts';
import { orderItem, unnumbered } from '../../builders/values/items.ts';

const order = orderItem();
const COUNTS = Array.from({ length: PARTITIONS_MAX }, (_, index) => index + 1);
const wrongFields = (item: object): string[] => {
  const { error } = OrderItem.safeParse(item);
  return error === undefined ? [] : valueIssues(error).map(({ path }) => path);
};

describe('hash32', () => {
  // See the test vectors of https://datatracker.ietf.org/doc/draft-eastlake-fnv.
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('is FNV-1a of %j', (text, hash) => {
    expect(hash32(text)).toBe(hash);
  });

  const MOMENT = Date.parse('2026-03-01T12:00:00.000Z');
  const random = Array.from({ length: 10_000 }, (_, index) => {
    // The random part of a ULID by a counter that is scattered over its 16 characters.
    let state = BigInt(index) * 0x9e37_79b9_7f4a_7c15n;
    return ulid(MOMENT + (index % 1_000), () => {
      state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
      return Number(state >> 40n) / 2 ** 24;
    });
  });
  const counted = Array.from(
    { length: 10_000 },
    (_, index) => `01KJMSY7G0${String(index).padStart(16, '0')}`,
  );

  it.each([
    ['random ids of one second', random],
    ['ids that count up', counted],
  ])('spreads %s over any number of partitions', (_, ids) => {
    for (const count of [2, 3, 4, 8, 10, 16, 63, 64]) {
      const sizes = Array.from({ length: count }, () => 0);
      for (const id of ids) sizes[partitionOf(id, count)] = (sizes[partitionOf(id, count)] ?? 0) + 1;
      const mean = ids.length / count;
      expect(Math.max(...sizes)).toBeLessThan(mean + 5 * Math.sqrt(mean));
      expect(Math.min(...sizes)).toBeGreaterThan(mean - 5 * Math.sqrt(mean));
    }
  });
});

describe('a partition', () => {
  it('is one of those that a reader with as many or more reads', () => {
    const read = COUNTS.map((readers) => new Set(statusPartitions(order.status, readers)));
    const unread = COUNTS.filter((count) => {
      const { GSI1PK } = statusKey(order, count);
      return !read.slice(count - 1).every((partitions) => partitions.has(GSI1PK));
    });
    expect(unread).toEqual([]);
  });

  it('is valid for an id with each number of partitions', () => {
    expect(COUNTS.every((count) => isPartitionOf(order.orderId, partitionOf(order.orderId, count)))).toBe(
      true,
    );
  });

  it('is invalid where no number of partitions gives it', () => {
    const given = new Set(COUNTS.map((count) => partitionOf(order.orderId, count)));
    const valid = COUNTS.map((count) => count - 1).filter((partition) =>
      isPartitionOf(order.orderId, partition),
    );
    expect(valid).toEqual([...given].toSorted((one, other) => one - other));
    expect(given.size).toBeLessThan(PARTITIONS_MAX);
  });
});

describe('the contract of an order', () => {
  it.each(COUNTS)('takes an order that was written with %i partitions', (count) => {
    expect(wrongFields({ ...order, ...statusKey(order, count) })).toEqual([]);
  });

  it('takes an order of the version without numbers', () => {
    expect(unnumbered(order)).toMatchObject({ GSI1PK: 'STATUS#placed', GSI1SK: order.createdAt });
    expect(wrongFields(unnumbered(order))).toEqual([]);
  });

  const another = COUNTS.find((number) => !isPartitionOf(order.orderId, number));
  it.each([
    ['another status', { GSI1PK: 'STATUS#shipped#0' }],
    ['a partition that its id never had', { GSI1PK: `STATUS#placed#${another}` }],
    ['a partition above the most', { GSI1PK: `STATUS#placed#${PARTITIONS_MAX}` }],
    ['a number with a leading zero', { GSI1PK: 'STATUS#placed#00' }],
    ['no number, but a sort key of a numbered one', { GSI1PK: 'STATUS#placed' }],
  ])('refuses %s', (_, key) => {
    expect(wrongFields({ ...order, ...key })).not.toEqual([]);
  });

  it.each([
    ['without the id', order.createdAt],
    ['of another order', `${order.createdAt}#${ulid(0, () => 0)}`],
    ['of another time', `2026-03-01T12:00:00.001Z#${order.orderId}`],
  ])('refuses a sort key %s', (_, GSI1SK) => {
    expect(wrongFields({ ...order, GSI1SK })).toEqual(['GSI1SK']);
  });
});

describe('a change of status', () => {
  it.each(COUNTS)('keeps the number that an order got out of %i partitions', (count) => {
    const placed = { ...order, ...statusKey(order, count) };
    const shipped = { ...placed, ...statusChange(placed, 'shipped') };
    expect(shipped).toMatchObject({
      status: 'shipped',
      GSI1PK: placed.GSI1PK.replace('placed', 'shipped'),
      GSI1SK: placed.GSI1SK,
    });
    expect(wrongFields(shipped)).toEqual([]);
  });

  it('gives an order without a number the number 0', () => {
    const shipped = { ...unnumbered(order), ...statusChange(unnumbered(order), 'shipped') };
    expect(shipped).toMatchObject({
      GSI1PK: 'STATUS#shipped#0',
      GSI1SK: `${order.createdAt}#${order.orderId}`,
    });
    expect(wrongFields(shipped)).toEqual([]);
  });
});
