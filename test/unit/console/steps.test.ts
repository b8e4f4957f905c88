import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Selection } from '../../../infra/console/views/dead-letters/steps.ts';

// The modules read what the browser keeps when they are loaded.
vi.stubGlobal('localStorage', { getItem: () => null });
const { hasMore, planPurge, predictionWords, purgeAll, purgeEndWords, replayAll, replayEndWords, sumWords } =
  await import('../../../infra/console/views/dead-letters/steps.ts');

const STARTED_AT = '2026-03-01T12:00:00.000Z';
const OLDEST = '2026-03-01T10:00:00.000Z';
const AFTER_OLDEST = '2026-03-01T10:00:00.001Z';
const STATUS = {
  ...{ at: STARTED_AT, verdict: 'ok', problems: [], consumers: [], sinks: [], rates: {} },
  lagLimitSeconds: 300,
};
const { signal } = new AbortController();
const chosen = (...selections: Selection[]) => ({ selections, what: 'all' });

interface Sent {
  readonly url: URL;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}
let sent: Sent[];
/** Answers each request of the page. */
function api(respond: (request: Sent) => object): void {
  sent = [];
  vi.stubGlobal('fetch', async (path: string, { body }: RequestInit) => {
    const request = {
      url: new URL(path, 'http://127.0.0.1'),
      body: typeof body === 'string' ? JSON.parse(body) : undefined,
    };
    sent.push(request);
    return Response.json(respond(request));
  });
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const replayed = (number: number) => ({
  outcomes: { replayed: number, itemDeleted: 0, failed: 0, skipped: 0 },
  failures: [],
  failedRecords: 0,
});

describe('the steps of a replay', () => {
  function replaySum(...steps: readonly object[]) {
    const left = [...steps];
    api(() => left.shift() ?? steps.at(-1) ?? {});
    const run = { startedAt: STARTED_AT, rate: 1, cancel: signal, progress: () => undefined };
    return replayAll(chosen({ ids: ['a'] }), run);
  }

  it('go on without a pause while they replay records of a batch', async () => {
    const part = { ...replayed(0), remaining: 1, records: 10 };
    const parts = Array.from({ length: 99 }, () => part);
    // No timer runs here, so that a pause would not end.
    const sum = await replaySum(...parts, { ...replayed(1), remaining: 0, records: 10 });
    expect(sum).toMatchObject({ outcomes: { replayed: 1 }, remaining: 0, records: 1_000 });
    expect(sent).toHaveLength(100);
  });

  it('name the records that failed in a batch which more than one request replayed', async () => {
    const failures = [{ causeId: '0123456789ab', reason: 'contract-violation', count: 5 }];
    const sum = await replaySum(
      { ...replayed(0), remaining: 1, records: 100, failedRecords: 5, failures },
      { ...replayed(1), remaining: 0, records: 50 },
    );
    expect(sumWords(sum)).toBe('1 replayed, 5 records failed in batches: contract violation 5');
  });

  it('end after many that replayed nothing', async () => {
    const replaying = replaySum({ ...replayed(0), remaining: 1, records: 0 });
    await vi.runAllTimersAsync();
    const sum = await replaying;
    expect([sum.remaining, sent.length]).toEqual([1, 45]);
    expect(replayEndWords(sum, 'over')).toMatch(/^The last 45 requests replayed none of them\./);
  });
});

describe('the steps of a replay of several causes', () => {
  const [first, second] = [{ filter: { cause: 'a' } }, { filter: { cause: 'b' } }];
  const causeOf = ({ body }: Sent) => Reflect.get(Object(body?.['filter']), 'cause');
  const outage = { ...replayed(0), remaining: 9, records: 1, stoppedBy: 'sink-unavailable' };

  const run = (changed: object = {}) => ({
    ...{ startedAt: STARTED_AT, rate: 1, cancel: signal, progress: () => undefined },
    ...changed,
  });

  it('end where a sink fails, which would use up the attempts of the others, and say what had no request', async () => {
    api(() => outage);
    const sum = await replayAll(chosen(first, second), run());
    expect(sent.map(causeOf)).toEqual(['a']);
    expect(sumWords(sum)).toBe('0 replayed, 9 not attempted');
    expect(replayEndWords(sum, 'over')).toMatch(
      /^It stopped: sink-unavailable\. .* 1 more cause had no request\.$/,
    );
  });

  it('say how many causes had no request when a request fails, which says itself why', async () => {
    const steps = [{ ...replayed(50), remaining: 50, records: 50 }];
    api(() => {
      const step = steps.shift();
      if (step === undefined) throw new Error('no response');
      return step;
    });
    const sums: Parameters<typeof replayEndWords>[0][] = [];
    await expect(
      replayAll(chosen(first, second), run({ progress: (sum: (typeof sums)[0]) => sums.push(sum) })),
    ).rejects.toThrow();
    expect(sums.map((sum) => replayEndWords(sum, 'failed'))).toEqual(['1 more cause had no request.']);
  });

  it('say how many causes had no request when the operator cancels', async () => {
    const cancel = new AbortController();
    api(() => ({ ...replayed(1), remaining: 3, records: 1 }));
    const cancelling = run({ cancel: cancel.signal, progress: () => cancel.abort() });
    const sum = await replayAll(chosen(first, second), cancelling);
    expect(sumWords(sum)).toBe('1 replayed, 3 not attempted');
    expect(replayEndWords(sum, 'cancelled')).toBe('You cancelled it. 1 more cause had no request.');
  });
});

describe('the steps of a purge', () => {
  const plan = (...totals: readonly number[]) => ({
    startedAt: STARTED_AT,
    parts: totals.map((total) => ({ selection: { filter: {} }, total })),
    isCutShort: false,
  });
  async function purged(
    steps: readonly { readonly purged: number; readonly remaining: number }[],
    ...totals: readonly number[]
  ) {
    const left = [...steps];
    const last = steps.at(-1) ?? {};
    api(() => left.shift() ?? last);
    const sum = purgeAll(plan(...totals), { cancel: signal, progress: () => undefined });
    await vi.runAllTimersAsync();
    return sum;
  }
  const confirmed = () => sent.map(({ body }) => body?.['confirm']);

  it('go on after some that deleted nothing', async () => {
    const steps = [
      { purged: 2, remaining: 3 },
      { purged: 0, remaining: 3 },
      { purged: 0, remaining: 2 },
      { purged: 2, remaining: 0 },
    ];
    expect(await purged(steps, 5)).toEqual({ purged: 4, remaining: 0 });
    expect(confirmed()).toEqual([5, 3, 3, 2]);
  });

  it('end after many that deleted nothing, and say how many are left', async () => {
    expect(await purged([{ purged: 0, remaining: 5 }], 5)).toEqual({ purged: 0, remaining: 5 });
    expect(confirmed()).toHaveLength(45);
  });

  it('take each part that was counted', async () => {
    const steps = [
      { purged: 2, remaining: 0 },
      { purged: 3, remaining: 0 },
    ];
    expect(await purged(steps, 2, 3)).toEqual({ purged: 5, remaining: 0 });
    expect(confirmed()).toEqual([2, 3]);
  });

  it('end after the request that runs when the page leaves', async () => {
    const cancel = new AbortController();
    api(() => ({ purged: 1, remaining: 4 }));
    const sum = purgeAll(plan(5), { cancel: cancel.signal, progress: () => cancel.abort() });
    expect(await sum).toEqual({ purged: 1, remaining: 4 });
  });
});

describe('the plan of a purge', () => {
  const cause = (firstFailedAt: string) => ({
    ...{ causeId: '3f0c9a1be274', reason: 'sink-refused', entity: 'Order', firstFailedAt },
    counts: { 'order-events': 1, 'search-index': 0, parked: 0 },
    lastFailedAt: '2026-03-01T11:00:00.000Z',
    example: {
      ...{ id: '0123456789abcdef01234567', consumer: 'order-events', state: 'waiting', kind: 'record' },
      ...{ reason: 'sink-refused', causeId: '3f0c9a1be274', entity: 'Order', records: 1, attempts: 1 },
      ...{ firstSeenAt: firstFailedAt, failedAt: firstFailedAt },
    },
  });
  /** Of `total`, of which one count reads all but the older ones. */
  const counting = (isCutShort: boolean) =>
    api(({ url }) => {
      if (url.pathname.endsWith('/status')) return STATUS;
      return url.searchParams.get('since') === AFTER_OLDEST
        ? { causes: [cause(AFTER_OLDEST)], total: 9_998, isCutShort: false }
        : { causes: [cause('2026-03-01T10:30:00.000Z'), cause(OLDEST)], total: 10_000, isCutShort };
    });

  it('counts those that failed before it', async () => {
    counting(false);
    const plan = await planPurge(chosen({ filter: { entity: 'Order' } }), signal);
    expect(plan).toEqual({
      startedAt: STARTED_AT,
      parts: [{ selection: { filter: { entity: 'Order' } }, total: 10_000, isCutShort: false }],
      isCutShort: false,
    });
    expect(sent.at(-1)?.url.searchParams.get('until')).toBe(STARTED_AT);
  });

  it('counts of chosen ones those that are still open', async () => {
    api(({ url }) =>
      url.pathname.endsWith('/status') ? STATUS : { ...replayed(0), remaining: 2, records: 0 },
    );
    const plan = await planPurge(chosen({ ids: ['a', 'b', 'c'] }), signal);
    expect(plan.parts).toEqual([{ selection: { ids: ['a', 'b', 'c'] }, total: 2, isCutShort: false }]);
    expect(sent.at(-1)?.body).toEqual({ ids: ['a', 'b', 'c'], startedAt: STARTED_AT, dryRun: true });
  });

  it('begins after the oldest that was counted, where there are more', async () => {
    counting(true);
    const plan = await planPurge(chosen({ filter: { entity: 'Order' } }), signal);
    expect(plan).toMatchObject({
      parts: [{ selection: { filter: { entity: 'Order', since: AFTER_OLDEST } }, total: 9_998 }],
      isCutShort: true,
    });
  });

  it.each([true, false])('of a replay says whether there are more: %s', async (isCutShort) => {
    counting(isCutShort);
    expect(await hasMore(chosen({ ids: ['a'] }, { filter: {} }), STARTED_AT, signal)).toBe(isCutShort);
  });
});

describe('the words', () => {
  const expected = (replayed: number) => ({
    outcomes: { replayed, itemDeleted: 0, failed: 0, skipped: 0 },
    failures: [],
    remaining: 0,
    records: replayed,
    failedRecords: 0,
  });

  it.each([
    ['all', 2, 2, false, 'Dry run of 2 dead letters: 2 will succeed.'],
    ['a sample', 2, 3, false, 'Dry run of the first 2 of 3 dead letters: 2 will succeed.'],
    ['the latest', 2, 3, true, 'Dry run of the first 2 of 3 or more dead letters: 2 will succeed.'],
    ['none in time', 0, 3, false, 'The dry run had no time to look at any of 3 dead letters.'],
  ])('of a dry run of %s', (_, looked, total, more, words) => {
    expect(predictionWords(expected(looked), total, more)).toBe(words);
  });

  it.each([
    ['that deleted all', 3, 0, ''],
    ['whose dead letters ended', 1, 0, '2 were replayed, purged or failed again meanwhile.'],
    ['that others hide', 1, 2, expect.stringMatching(/^2 not purged: .* Another receiver may hide them\./)],
  ])('of a purge %s', (_, purged, remaining, words) => {
    expect(purgeEndWords({ purged, remaining }, 3)).toEqual(words);
  });
});
