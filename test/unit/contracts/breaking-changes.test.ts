import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { asyncApiDocument } from '../../../infra/contract-tooling/asyncapi.ts';
import { breakingChanges } from '../../../infra/contract-tooling/breaking-changes.ts';
import { readContract } from '../../../infra/contract-tooling/event-contract.ts';
import { UnreadableContractError } from '../../../infra/contract-tooling/releases.ts';

const today = await asyncApiDocument();

type Json = z.util.JSONType;
/** A change of the value at a path of the document; `undefined` takes it away. */
type Change = (value: Json | undefined) => Json | undefined;

/** A document with one change planted in it: today's by default. */
function planted(path: string, change: Change, document = today): string {
  const at = (value: Json | undefined, [name, ...rest]: readonly string[]): Json | undefined => {
    if (name === undefined) return change(value);
    const members = z.record(z.string(), z.json()).parse(value);
    const { [name]: member, ...others } = members;
    const changed = at(member, rest);
    return changed === undefined ? others : { ...others, [name]: changed };
  };
  return JSON.stringify(at(JSON.parse(document), path.split(' ')));
}

const PLACED = 'components schemas OrderPlaced';
const DATA = 'components schemas OrderData';
const removed: Change = () => undefined;
const is =
  (value: Json): Change =>
  () =>
    value;
const without =
  (name: string): Change =>
  (value) =>
    z
      .array(z.string())
      .parse(value)
      .filter((one) => one !== name);
const withAlso =
  (...more: readonly string[]): Change =>
  (value) => [...z.array(z.string()).parse(value), ...more];

const changesOf = (later: string) => breakingChanges(readContract(today), readContract(later));
const placedAt = (where: string) => `orderTopic order.placed ${where}`;

const BREAKING: readonly (readonly [string, string, Change, string, string])[] = [
  ['a channel that was removed', 'channels orderTopic', removed, 'removed-channel', 'orderTopic'],
  [
    'a channel with another address',
    'channels orderTopic address',
    is('elsewhere'),
    'moved-channel',
    'orderTopic',
  ],
  [
    'an event type that was removed',
    'channels orderTopic messages OrderPlaced',
    removed,
    'removed-message',
    'orderTopic order.placed',
  ],
  [
    'an event type with another name',
    'components messages OrderPlaced name',
    is('order.placed.v2'),
    'removed-message',
    'orderTopic order.placed',
  ],
  [
    'another content type',
    'components messages OrderPlaced contentType',
    is('application/xml'),
    'changed-content-type',
    'orderTopic order.placed',
  ],
  [
    'an attribute that was removed',
    'components schemas OrderPlacedAttributes properties currency',
    removed,
    'removed-member',
    placedAt('headers.currency'),
  ],
  [
    'a member that was removed',
    `${DATA} properties total`,
    removed,
    'removed-member',
    placedAt('payload.data.total'),
  ],
  [
    'an optional member that was removed',
    'components schemas ChangedOrderData properties previousStatus',
    removed,
    'removed-member',
    'orderTopic order.status-changed payload.data.previousStatus',
  ],
  [
    'a member of a line that was removed',
    'components schemas EventOrderLine properties sku',
    removed,
    'removed-member',
    placedAt('payload.data.lines[].sku'),
  ],
  [
    'a member that may now be absent',
    `${DATA} required`,
    without('total'),
    'may-be-absent',
    placedAt('payload.data.total'),
  ],
  [
    'a member of another type',
    `${DATA} properties total`,
    is({ type: 'string' }),
    'changed-type',
    placedAt('payload.data.total'),
  ],
  [
    'a number that need no longer be an integer',
    `${DATA} properties total`,
    is({ type: 'number', minimum: 0, maximum: 1 }),
    'changed-type',
    placedAt('payload.data.total'),
  ],
  [
    'a member that may now be null',
    `${DATA} properties placedAt`,
    is({ anyOf: [{ type: 'string' }, { type: 'null' }] }),
    'changed-type',
    placedAt('payload.data.placedAt'),
  ],
  [
    'a value more',
    'components schemas OrderStatus enum',
    withAlso('returned'),
    'widened-values',
    placedAt('payload.data.status'),
  ],
  [
    'a set of values that became any text',
    `${DATA} properties status`,
    is({ type: 'string' }),
    'widened-values',
    placedAt('payload.data.status'),
  ],
  [
    'another schema under the same type',
    `${PLACED} properties dataschema pattern`,
    is('/schemas/order\\.placed\\.2\\.json$'),
    'changed-rule',
    placedAt('payload.dataschema'),
  ],
  [
    'a greater maximum',
    'components schemas MinorUnits maximum',
    is(2_000_000_000_000),
    'loosened-bound',
    placedAt('payload.data.total'),
  ],
  [
    'a smaller minimum',
    'components schemas Quantity minimum',
    is(0),
    'loosened-bound',
    placedAt('payload.data.lines[].quantity'),
  ],
  [
    'a bound that was removed',
    `${DATA} properties lines minItems`,
    removed,
    'loosened-bound',
    placedAt('payload.data.lines'),
  ],
  [
    'another pattern',
    'components schemas Currency pattern',
    is('^[A-Z]{3,4}$'),
    'changed-rule',
    placedAt('payload.data.currency'),
  ],
  [
    'a format that was removed',
    'components schemas Instant format',
    removed,
    'changed-rule',
    placedAt('payload.data.placedAt'),
  ],
  [
    'items of any shape',
    `${DATA} properties lines items`,
    removed,
    'changed-rule',
    placedAt('payload.data.lines[]'),
  ],
];

const COMPATIBLE: readonly (readonly [string, string, Change])[] = [
  ['another description', `${PLACED} description`, is('Somebody wants something.')],
  ['a new optional member', `${DATA} properties discount`, is({ type: 'integer' })],
  ['a new attribute', 'components schemas OrderPlacedAttributes properties country', is({ type: 'string' })],
  [
    'a member that is now always there',
    'components schemas ChangedOrderData required',
    withAlso('previousStatus'),
  ],
  ['a value less', 'components schemas OrderStatus enum', without('rejected')],
  ['a single value of a set', `${DATA} properties status`, is({ type: 'string', const: 'placed' })],
  ['a smaller maximum', 'components schemas MinorUnits maximum', is(1_000)],
  ['a new bound', `${DATA} properties lines maxItems`, is(50)],
  ['a new pattern', `${PLACED} properties id pattern`, is('^[0-9A-Z]')],
  [
    'a new event type',
    'channels orderTopic messages OrderReturned',
    is({ name: 'order.returned', headers: { type: 'object' }, payload: { type: 'object' } }),
  ],
  ['a new channel', 'channels userTopic', is({ address: '{userTopicArn}', messages: {} })],
  ['an example less', 'components messages OrderPlaced examples', removed],
];

describe('an event type of a new publisher', () => {
  // As the contract was before the publisher: without the type's message on the channel.
  const before = planted('channels orderTopic messages OrderHighValue', removed);

  it('breaks nothing', () => {
    expect(breakingChanges(readContract(before), readContract(today))).toEqual([]);
  });

  it('breaks once it is released and is removed', () => {
    expect(breakingChanges(readContract(today), readContract(before))).toEqual([
      {
        kind: 'removed-message',
        where: 'orderTopic order.high-value',
        message: expect.any(String),
      },
    ]);
  });

  it('breaks once it is released and its own data changes', () => {
    expect(
      changesOf(planted('components schemas HighValueOrderData properties threshold', removed)),
    ).toContainEqual({
      kind: 'removed-member',
      where: 'orderTopic order.high-value payload.data.threshold',
      message: expect.any(String),
    });
  });
});

describe('a later contract', () => {
  it('breaks nothing when it is the same', () => {
    expect(changesOf(today)).toEqual([]);
  });

  it.each(BREAKING)('breaks by %s', (_, path, change, kind, where) => {
    expect(changesOf(planted(path, change))).toContainEqual({ kind, where, message: expect.any(String) });
  });

  it.each(COMPATIBLE)('breaks nothing by %s', (_, path, change) => {
    expect(changesOf(planted(path, change))).toEqual([]);
  });

  it('breaks by a new member where others were ruled out', () => {
    const closed = planted(`${DATA} additionalProperties`, is(false));
    const later = planted(`${DATA} properties discount`, is({ type: 'integer' }), closed);
    expect(breakingChanges(readContract(closed), readContract(later))).toContainEqual({
      kind: 'changed-rule',
      where: placedAt('payload.data.discount'),
      message: 'is new, and additional members were not allowed',
    });
  });

  it.each([
    ['leads nowhere', { $ref: '#/components/schemas/Nothing' }],
    ['leads back to itself', { $ref: '#/components/schemas/OrderPlaced/properties/data/properties/total' }],
  ])('is not read while a reference %s', (_, reference) => {
    expect(() => readContract(planted(`${DATA} properties total`, is(reference)))).toThrow(
      UnreadableContractError,
    );
  });
});
