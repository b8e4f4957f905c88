import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { ORDER_TOPIC, SinkUnavailableError } from '../../../pipelines/aws/sink-errors.ts';
import {
  FAILURE_AGE_MS_MAX,
  type FailedRecord,
  FailureLog,
  readFailures,
} from '../../../pipelines/operations/failures.ts';
import { SearchUnavailableError } from '../../../pipelines/search/errors.ts';
import { keptLog } from '../../builders/stream/stream-batch.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { createOperationsTable } from '../parts/table.ts';

const START = Date.parse('2026-03-01T10:00:00.000Z');
const dynamoDb = localDynamoDb();
const { signal } = new AbortController();
const key = { pk: 'USER#u1', sk: 'ORDER#01KJMSY7G00000000000000001' };
const failed: FailedRecord = {
  eventId: 'e1',
  key,
  recordAt: new Date(START - 1_000),
  error: new SearchUnavailableError('OpenSearch did not respond within 10000 ms'),
  records: 3,
};
let nowMs: number;
const clock = { now: () => new Date(nowMs) };
let operationsTableName: string;

const logOf = (overrides: object = {}) =>
  new FailureLog({
    ...{ dynamoDb, operationsTableName, clock, consumer: 'search-index', logger: keptLog() },
    ...overrides,
  });
/** The record e1, as the first of a batch that is handled so long after its write. */
const oldestAt = (seconds: number) => ({ eventId: 'e1', recordAt: new Date(nowMs - seconds * 1_000) });
const failing = () => readFailures({ dynamoDb, operationsTableName, clock }, 'search-index');

/** The table, which does what is asked and gives no response, or refuses it: the writes in the order of these, and each read. */
function unreliable({ writes, reads = 'given' }: { readonly writes: Response[]; readonly reads?: Response }) {
  return {
    async send(...request: Parameters<typeof dynamoDb.send>) {
      const response = request[0] instanceof QueryCommand ? reads : writes.shift();
      if (response === 'refused') throw new Error('refused');
      const given = await dynamoDb.send(...request);
      if (response === 'lost') throw new Error('lost');
      return given;
    },
  };
}
type Response = 'lost' | 'refused' | 'given';

beforeEach(async () => {
  nowMs = START;
  operationsTableName = await createOperationsTable(dynamoDb);
});

describe('a failure', () => {
  it('says what fails, since when and for which record', async () => {
    await logOf().write({ first: failed, handled: [] }, signal);
    expect(await failing()).toEqual([
      {
        pk: 'FAILURE#search-index',
        sk: 'e1',
        entityType: 'Failure',
        consumer: 'search-index',
        eventId: 'e1',
        reason: {
          code: 'search-unavailable',
          message: 'OpenSearch did not respond within 10000 ms',
          issues: [],
        },
        since: '2026-03-01T10:00:00.000Z',
        lastAt: '2026-03-01T10:00:00.000Z',
        attempt: 1,
        records: 3,
        recordAt: '2026-03-01T09:59:59.000Z',
        key,
        ttl: START / 1_000 + 86_400,
      },
    ]);
  });

  it('counts its attempts in every process, and keeps the time and not the reason of the first', async () => {
    await logOf().write({ first: failed, handled: [] }, signal);
    nowMs += 60_000;
    const error = new SinkUnavailableError(ORDER_TOPIC, 'missing');
    await logOf().write({ first: { ...failed, error }, handled: [] }, signal);
    expect(await failing()).toMatchObject([
      {
        since: '2026-03-01T10:00:00.000Z',
        lastAt: '2026-03-01T10:01:00.000Z',
        attempt: 2,
        reason: { code: 'topic-missing', message: 'The order topic does not exist' },
      },
    ]);
  });

  it('ends when its process handles the record, and another one begins in the same write', async () => {
    const log = logOf();
    await log.write({ first: failed, handled: [] }, signal);
    await log.write({ first: { ...failed, eventId: 'e2' }, handled: ['e1', 'e0'] }, signal);
    expect((await failing()).map(({ eventId }) => eventId)).toEqual(['e2']);
    await log.write({ first: undefined, handled: ['e2'] }, signal);
    expect(await failing()).toEqual([]);
  });

  it('ends when another process handles the record, three seconds or more after it was written', async () => {
    await logOf().write({ first: failed, handled: [] }, signal);
    await logOf().write({ first: undefined, handled: ['e1', 'e0'], oldest: oldestAt(3) }, signal);
    expect(await failing()).toEqual([]);
  });

  it('ends when another process handles the record, that failed itself within three minutes', async () => {
    const other = logOf();
    await other.write({ first: { ...failed, eventId: 'e2' }, handled: [] }, signal);
    await logOf().write({ first: failed, handled: [] }, signal);
    nowMs += FAILURE_AGE_MS_MAX;
    await other.write({ first: undefined, handled: ['e1'], oldest: oldestAt(0) }, signal);
    expect((await failing()).map(({ eventId }) => eventId)).toEqual(['e2']);
  });

  it('stays when another process handles the record within three seconds, that has not failed for three minutes', async () => {
    const other = logOf();
    await other.write({ first: { ...failed, eventId: 'e2' }, handled: [] }, signal);
    nowMs += FAILURE_AGE_MS_MAX + 1;
    await logOf().write({ first: failed, handled: [] }, signal);
    await other.write({ first: undefined, handled: ['e1'], oldest: oldestAt(2.999) }, signal);
    expect((await failing()).map(({ eventId }) => eventId)).toEqual(['e1']);
  });

  it('stays when another process fails at the record too', async () => {
    await logOf().write({ first: failed, handled: [] }, signal);
    await logOf().write({ first: failed, handled: ['e2'], oldest: oldestAt(3) }, signal);
    expect(await failing()).toMatchObject([{ eventId: 'e1', attempt: 2 }]);
  });

  it('is written before that of another process is read', async () => {
    const log = logOf({ dynamoDb: unreliable({ writes: ['given'], reads: 'refused' }) });
    await log.write({ first: { ...failed, eventId: 'e2' }, handled: ['e1'], oldest: oldestAt(3) }, signal);
    expect((await failing()).map(({ eventId }) => eventId)).toEqual(['e2']);
  });

  it('ends with the next batch where its write had no response, and its deletion failed', async () => {
    const log = logOf({ dynamoDb: unreliable({ writes: ['lost', 'refused', 'given'] }) });
    await log.write({ first: failed, handled: [] }, signal);
    await log.write({ first: undefined, handled: ['e1'] }, signal);
    expect(await failing()).toHaveLength(1);
    await log.write({ first: undefined, handled: [] }, signal);
    expect(await failing()).toEqual([]);
  });

  it('is over for readers once no attempt has reported it for three minutes', async () => {
    await logOf().write({ first: failed, handled: [] }, signal);
    nowMs += FAILURE_AGE_MS_MAX;
    expect(await failing()).toHaveLength(1);
    nowMs += 1;
    expect(await failing()).toEqual([]);
  });

  it('never holds what another library says, which can quote a value', async () => {
    const error = new TypeError('Ada Lovelace');
    await logOf().write({ first: { ...failed, error }, handled: [] }, signal);
    expect(JSON.stringify(await failing())).not.toContain('Lovelace');
  });
});

describe('the log of failures', () => {
  it('logs a failure that it cannot write, and does not throw', async () => {
    const logger = keptLog();
    await logOf({ operationsTableName: 'no-such-table', logger }).write(
      { first: failed, handled: [] },
      signal,
    );
    expect(logger.lines).toEqual([
      '["The failure of a batch was not written",{"reason":"ResourceNotFoundException"}]',
    ]);
  });

  it.each([
    [
      'nothing fails',
      { first: undefined, handled: ['e1'], oldest: { eventId: 'e1', recordAt: new Date(START - 2_999) } },
      signal,
    ],
    ['the failed record has no id', { first: { ...failed, eventId: '' }, handled: [] }, signal],
    ['no time remains', { first: failed, handled: [] }, AbortSignal.abort()],
  ])('makes no request where %s', async (_what, batch, within) => {
    const silent = { send: () => Promise.reject(new Error('must not be called')) };
    const logger = keptLog();
    await logOf({ dynamoDb: silent, logger }).write(batch, within);
    expect(logger.lines).toEqual([]);
  });
});
