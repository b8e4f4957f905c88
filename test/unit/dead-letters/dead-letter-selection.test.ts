import { describe, expect, it } from 'vitest';
import { type DeadLetterFilter, DeadLetterId } from '../../../contracts/api/dead-letters.ts';
import { Instant } from '../../../contracts/ids.ts';
import { DeadLetterItem } from '../../../contracts/operations/operations-items.ts';
import {
  causeCounts,
  causesOf,
  failureText,
} from '../../../pipelines/dead-letters/list/dead-letter-causes.ts';
import {
  fieldName,
  matchesFilter,
  type OpenDeadLetter,
  summaryOf,
  unmatchedFilter,
} from '../../../pipelines/dead-letters/list/dead-letter-selection.ts';
import { causeIdOf } from '../../../pipelines/operations/dead-letter-entry.ts';

const at = (text: string) => Instant.parse(text);
const FAILED_AT = at('2026-03-01T12:00:00.000Z');
const ORDER = '01KJMSY7G00000000000000001';
const issues = [{ path: 'NewImage.total', message: 'expected number', value: 'Zwölf' }];

function deadLetter(overrides: Partial<DeadLetterItem> = {}): OpenDeadLetter {
  const item = DeadLetterItem.parse({
    ...{ pk: 'DEAD_LETTER#x', sk: 'DEAD_LETTER', entityType: 'DeadLetter', id: '0123456789abcdef01234567' },
    ...{
      consumer: 'order-events',
      state: 'waiting',
      kind: 'record',
      entity: 'Order',
      records: 1,
      attempts: 1,
    },
    reason: { code: 'contract-violation', message: 'It breaks its contract', issues },
    causeId: causeIdOf('contract-violation', 'Order', issues[0]),
    key: { pk: 'USER#ada', sk: `ORDER#${ORDER}` },
    ...{ history: [], firstSeenAt: FAILED_AT, failedAt: FAILED_AT, revision: 1, ttl: 1 },
    ...overrides,
  });
  return { ...item, state: overrides.state === 'parked' ? 'parked' : 'waiting' };
}

describe('a filter', () => {
  it.each<[string, DeadLetterFilter]>([
    ['nothing', {}],
    ['its consumer', { consumer: 'order-events' }],
    ['its state', { state: 'waiting' }],
    ['its reason', { reason: 'contract-violation' }],
    ['its cause', { cause: deadLetter().causeId }],
    ['its entity', { entity: 'Order' }],
    ['the time when it failed', { since: FAILED_AT }],
    ['a later end', { until: at('2026-03-01T12:00:00.001Z') }],
    ['a part of its id', { text: '89ABCDEF' }],
    ['a part of its key', { text: 'user#ADA' }],
    ['a field', { text: 'Total' }],
    ['a message', { text: 'EXPECTED' }],
    ['a value', { text: 'zWÖLF' }],
  ])('by %s matches', (_, filter) => {
    expect(matchesFilter(deadLetter(), filter)).toBe(true);
  });

  it.each<[string, DeadLetterFilter]>([
    ['another consumer', { consumer: 'search-index' }],
    ['another state', { state: 'parked' }],
    ['a part of its reason', { reason: 'contract' }],
    ['an entity in another case', { entity: 'order' }],
    ['a later start', { since: at('2026-03-01T12:00:00.001Z') }],
    ['the time when it failed as the end', { until: FAILED_AT }],
    ['another text', { text: 'status' }],
  ])('by %s does not match', (_, filter) => {
    expect(matchesFilter(deadLetter(), filter)).toBe(false);
  });

  it('that matches nothing is told apart by what there is, the most frequent first', () => {
    const items = [deadLetter({ entity: 'User' }), deadLetter(), deadLetter()];
    const day = { value: '2026-03-01', count: 3 };
    expect(unmatchedFilter(items, { entity: 'order', since: FAILED_AT, until: FAILED_AT })).toEqual({
      total: 3,
      here: [
        {
          what: 'entities',
          values: [
            { value: 'Order', count: 2 },
            { value: 'User', count: 1 },
          ],
        },
        { what: 'failed', values: [day] },
      ],
    });
  });

  it('by the time of the end that matches nothing is told apart by the days of the end', () => {
    const end = { at: at('2026-03-05T12:00:00.000Z'), by: 'ada', outcome: 'purged' } as const;
    const ended = { ...deadLetter({ history: [end] }), state: 'purged' } as const;
    expect(unmatchedFilter([ended], { state: 'ended', since: at('2026-03-06T00:00:00.000Z') }).here).toEqual([
      { what: 'states', values: [{ value: 'purged', count: 1 }] },
      { what: 'ended', values: [{ value: '2026-03-05', count: 1 }] },
    ]);
  });
});

it('the summary of a dead letter names its order', () => {
  expect(summaryOf(deadLetter()).order).toEqual({ userId: 'ada', orderId: ORDER });
  expect(summaryOf(deadLetter({ key: { pk: 'PRODUCT#a', sk: 'STOCK' } })).order).toBeUndefined();
});

describe('the summary of a dead letter', () => {
  const end = { at: at('2026-03-05T12:00:00.000Z'), by: 'ada', outcome: 'purged', code: 'x' } as const;

  it('has what a list shows of it', () => {
    expect(summaryOf(deadLetter({ eventName: 'INSERT', history: [end] }))).toEqual({
      id: '0123456789abcdef01234567',
      consumer: 'order-events',
      kind: 'record',
      reason: 'contract-violation',
      issue: issues[0],
      causeId: deadLetter().causeId,
      entity: 'Order',
      key: { pk: 'USER#ada', sk: `ORDER#${ORDER}` },
      state: 'waiting',
      order: { userId: 'ada', orderId: ORDER },
      eventName: 'INSERT',
      records: 1,
      attempts: 1,
      firstSeenAt: FAILED_AT,
      failedAt: FAILED_AT,
      end: undefined,
    });
  });

  it.each(['parked', 'replayed', 'purged'] as const)('has the state %s', (state) => {
    expect(summaryOf({ ...deadLetter(), state }).state).toBe(state);
  });

  it('is waiting between the two writes around its message', () => {
    expect(summaryOf({ ...deadLetter(), state: 'unqueued' }).state).toBe('waiting');
  });

  it.each(['replayed', 'purged'] as const)('says who ended it where it is %s', (state) => {
    const ended = { ...deadLetter({ history: [{ ...end, by: 'bob' }, end] }), state };
    expect(summaryOf(ended).end).toEqual({ at: end.at, by: 'ada', outcome: 'purged' });
  });

  it('has no order where it has no key, or one of no known shape', () => {
    for (const key of [undefined, { pk: 'a', sk: 'b' }])
      expect(summaryOf({ ...deadLetter(), key }).order).toBeUndefined();
  });
});

it('a text is looked for in a dead letter without a key and without values', () => {
  const bare = {
    ...deadLetter(),
    key: undefined,
    reason: { code: 'x', message: 'y', issues: [{ path: 'p', message: 'm' }] },
  };
  expect(matchesFilter(bare, { text: 'total' })).toBe(false);
});

it('another cause does not match', () => {
  expect(matchesFilter(deadLetter(), { cause: causeIdOf('other', 'Order') })).toBe(false);
});

it('the day of the end that matches nothing is left out where one has not ended', () => {
  const until = at('2026-03-06T00:00:00.000Z');
  expect(unmatchedFilter([deadLetter()], { state: 'ended', until }).here).toEqual([
    { what: 'states', values: [{ value: 'waiting', count: 1 }] },
    { what: 'ended', values: [] },
  ]);
});

it('a field is named without its image, which stands at its beginning', () => {
  expect(['NewImage.total', 'OldImage.total', 'Keys.pk', 'lines.NewImage.x'].map(fieldName)).toEqual([
    'total',
    'total',
    'pk',
    'lines.NewImage.x',
  ]);
});

describe('a cause', () => {
  it('is one of several, the most frequent first', () => {
    const other = deadLetter({ causeId: causeIdOf('throttled', 'Order'), consumer: 'search-index' });
    const causes = causesOf([
      other,
      deadLetter(),
      deadLetter({ state: 'parked' }),
      deadLetter({ state: 'parked' }),
    ]);
    expect(causes.map(({ causeId, counts }) => [causeId, counts])).toEqual([
      [deadLetter().causeId, { 'order-events': 1, 'search-index': 0, parked: 2 }],
      [other.causeId, { 'order-events': 0, 'search-index': 1, parked: 0 }],
    ]);
  });

  it('has its numbers by queue and the times of its failures, and no value', () => {
    const later = at('2026-03-02T12:00:00.000Z');
    const causes = causesOf([
      deadLetter({ failedAt: later }),
      deadLetter({ consumer: 'search-index', id: DeadLetterId.parse('f'.repeat(24)) }),
      deadLetter({ state: 'parked' }),
    ]);
    expect(causes).toMatchObject([
      {
        counts: { 'order-events': 1, 'search-index': 1, parked: 1 },
        firstFailedAt: FAILED_AT,
        lastFailedAt: later,
      },
    ]);
    expect(causes[0]?.issue).toEqual({ path: 'NewImage.total', message: 'expected number' });
  });

  it('is counted in words by its field, or by its reason', () => {
    const total = { causeId: deadLetter().causeId, reason: 'contract-violation', issue: issues[0] };
    const other = { causeId: causeIdOf('throttled', 'Order'), reason: 'throttled', issue: undefined };
    expect(failureText(causeCounts([other, total, total]))).toBe('total 2, throttled 1');
  });
});
