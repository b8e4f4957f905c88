import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ENTITIES } from '../../../contracts/entities/entities.ts';
import type { KeyPart } from '../../../contracts/entities/entity.ts';
import { read } from '../../../contracts/reading.ts';
import { unmarshal } from '../../../pipelines/dynamodb/unmarshal.ts';
import { wireForm } from '../../../pipelines/dynamodb/wire-form.ts';
import { arbitraryOf } from '../../builders/values/arbitrary-of.ts';
import { broken } from '../../builders/values/broken-value.ts';
import { accountItem, heartbeatItem, ledgerEntryItem, reservationItem } from '../../builders/values/items.ts';
import { maximalOrder, maximalProduct, maximalUser } from '../../builders/values/maximal-items.ts';

const { createdAt, updatedAt, version, orderId } = maximalOrder();
const written = { createdAt, updatedAt, version };
const contribution = { day: '2026-03-01', status: 'placed', units: 2, revenue: 1_998, currency: 'USD' };
/** Items with every attribute. Of another entity the items are drawn from its schema. */
const items: Readonly<Record<string, object>> = {
  User: maximalUser(),
  Order: maximalOrder(),
  Product: maximalProduct(),
  Reservation: reservationItem(),
  Tally: {
    ...written,
    pk: `ORDER#${orderId}`,
    sk: 'TALLY',
    entityType: 'Tally',
    orderId,
    orderVersion: version,
    contribution,
    versions: [
      { version, at: createdAt, status: 'placed', notification: 'order.placed', facts: ['order.placed'] },
    ],
  },
  DailyStats: {
    ...written,
    pk: 'STATS#2026-03-01',
    sk: 'ORDERS',
    entityType: 'DailyStats',
    day: '2026-03-01',
    orders_placed: 3,
  },
  Account: accountItem(),
  LedgerEntry: ledgerEntryItem(),
  Heartbeat: heartbeatItem(),
};

const DRAWN = { seed: 1, numRuns: 1 };
const spelled = ({ prefix, id }: KeyPart, drawn: Readonly<Record<string, unknown>>): string =>
  id === undefined ? prefix : `${prefix}${drawn[id]}`;

/** An item with the key that its attributes spell. */
function itemOf({ key, item }: (typeof ENTITIES)[number]): object {
  const [drawn = {}] = fc.sample<Record<string, unknown>>(arbitraryOf(z.object(item.shape)), DRAWN);
  return items[key.entityType] ?? { ...drawn, pk: spelled(key.pk, drawn), sk: spelled(key.sk, drawn) };
}

describe.each(ENTITIES.map((entity) => [entity.key.entityType, entity] as const))(
  'the wire form of %s',
  (_type, entity) => {
    const { item } = entity;
    const expected = itemOf(entity);
    const contract: z.ZodType = item;
    const image = marshall(expected, { removeUndefinedValues: true });

    it('is compiled, without the slower parser', () => {
      expect(() => z.compile(wireForm(contract), { strict: true })).not.toThrow();
    });

    it('takes what the contract takes of the unmarshalled image, and returns the same', () => {
      const compiled = z.compile(wireForm(contract));
      expect(read(compiled, image).data).toEqual(expected);
      fc.assert(
        fc.property(broken(image), (value) => {
          const plain = typeof value === 'object' && value !== null ? unmarshal(value) : undefined;
          const { success, data } = read(contract, plain);
          expect(read(compiled, value)).toMatchObject({ success });
          expect(read(compiled, value).data).toEqual(data);
        }),
        { numRuns: 1_000 },
      );
    });
  },
);

it.each([
  ['another type before it', { N: '1', S: 'text' }, false],
  ['members without a value before it', { N: undefined, S: 'text' }, true],
  ['no value', undefined, false],
])('reads the first type of an attribute that has %s, as unmarshalling does', (_which, name, accepted) => {
  const contract = z.object({ name: z.string().optional() });
  for (const result of [read(wireForm(contract), { name }), read(contract, unmarshal({ name }))])
    expect(result.success).toBe(accepted);
});
