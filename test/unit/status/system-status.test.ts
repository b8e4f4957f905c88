import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SystemStatus } from '../../../contracts/api/status.ts';
import type { Instant } from '../../../contracts/ids.ts';
import { FailureItem } from '../../../contracts/operations/operations-items.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { instantOf } from '../../../pipelines/clock.ts';
import type { MappingDescription } from '../../../pipelines/status/consumer-mappings.ts';
import type { ConsumerMetrics } from '../../../pipelines/status/consumer-metrics.ts';
import type { OpenCause, OpenCauses } from '../../../pipelines/status/open-dead-letters.ts';
import { duration } from '../../../pipelines/status/problems.ts';
import type { StatusInputs } from '../../../pipelines/status/status-inputs.ts';
import { systemStatus } from '../../../pipelines/status/system-status.ts';

const AT = new Date('2026-03-01T06:26:17.000Z');
const ago = (seconds: number) => instantOf(new Date(AT.getTime() - seconds * 1_000));

const enabled: MappingDescription = {
  state: 'Enabled',
  lastProcessingResult: 'OK',
  maximumRecordAgeSeconds: 21_600,
};
const quiet: ConsumerMetrics = {
  errors: 0,
  invocations: 5,
  throttles: 0,
  accepted: 2,
  recordsPerSecond: 0,
};
const SINKS = ['table', 'operations-table', 'topic', 'open-search', 'dead-letter-queues'] as const;
const sinks = SINKS.map((name) => ({ name, state: 'ok' as const, latencyMs: 3 }));
const broken = (broke: (typeof SINKS)[number], state: 'no-response' | 'missing' = 'no-response') =>
  sinks.map((sink) => (sink.name === broke ? { name: sink.name, state, code: 'TimeoutError' } : sink));
const well: StatusInputs = {
  at: AT,
  failures: [],
  mappings: { 'order-events': enabled, 'search-index': enabled },
  unmapped: {},
  metrics: { 'order-events': quiet, 'search-index': quiet, eventsPerSecond: 0 },
  sinks,
  openCauses: { causes: [], isCutShort: false },
  lastReads: {},
  pauses: {},
  metricsAtPause: {},
  unavailable: [],
};
const metricsOf = (consumer: ConsumerName, metrics: Partial<ConsumerMetrics>) => ({
  'order-events': quiet,
  'search-index': quiet,
  [consumer]: { ...quiet, ...metrics },
  eventsPerSecond: 0.126,
  ordersPerSecond: 0.5,
});
const failure = (overrides: Partial<FailureItem> = {}): FailureItem =>
  FailureItem.parse({
    pk: 'FAILURE#search-index',
    sk: 'event-1',
    entityType: 'Failure',
    consumer: 'search-index',
    eventId: 'event-1',
    reason: { code: 'search-unavailable', message: 'OpenSearch did not respond within 10000 ms', issues: [] },
    since: ago(120),
    lastAt: ago(5),
    attempt: 10,
    records: 37,
    recordAt: ago(127),
    ttl: 1_900_000_000,
    ...overrides,
  });
const cause = (overrides: Partial<OpenCause> = {}): OpenCause => ({
  consumer: 'order-events',
  causeId: 'cause-1',
  code: 'contract-violation',
  message: 'The item violates its contract',
  waiting: 12,
  parked: 0,
  firstAt: ago(600),
  lastAt: ago(30),
  recent: 2,
  keptUntil: ago(-1_200_000),
  ...overrides,
});

const openOf = (causes: readonly OpenCause[], isCutShort = false): OpenCauses => ({ causes, isCutShort });

const statusOf = (inputs: Partial<StatusInputs> = {}) =>
  SystemStatus.parse(systemStatus({ ...well, ...inputs }));
const onlyProblem = (inputs: Partial<StatusInputs>) => {
  const { problems } = statusOf(inputs);
  expect(problems).toHaveLength(1);
  return problems[0];
};

describe('a system in which all is well', () => {
  it('has no problem', () => {
    expect(statusOf()).toMatchObject({ verdict: 'ok', problems: [] });
  });

  it('has rates and lags', () => {
    const metrics = metricsOf('order-events', {
      secondsBehind: 2,
      recordsPerSecond: 1.234,
    });
    const { consumers, rates } = statusOf({ metrics });
    expect(consumers[0]).toEqual({
      consumer: 'order-events',
      state: 'running',
      secondsBehind: 2,
      recordsPerSecond: 1.23,
    });
    expect(rates).toEqual({ ordersPlaced: 0.5, eventsPublished: 0.13 });
  });
});

describe('a consumer whose records fail', () => {
  it('names the sink, since when, the attempt, and until when nothing is lost', () => {
    expect(onlyProblem({ failures: [failure()], sinks: broken('open-search') })).toEqual({
      id: 'consumer-failing:search-index',
      severity: 'failing',
      title: 'search-index is 2 min 07 s behind: OpenSearch does not respond',
      impact:
        'Nothing is lost: the records are retried until 12:24 UTC, and after that kept as dead letters. Orders, stock and events go on. Searches do not find the latest changes. Searches respond with 503.',
      cause: { code: 'search-unavailable', message: 'OpenSearch did not respond within 10000 ms' },
      since: ago(120),
      safeUntil: '2026-03-01T12:24:10.000Z',
      consumer: 'search-index',
      attempt: 10,
      records: 37,
      runbook: 'ordereventslagging-searchindexlagging',
      command: 'npm run ops -- lag',
    });
  });

  it('is failing, with the code of the reason, where every sink responds', () => {
    const problem = onlyProblem({ failures: [failure()] });
    expect(problem?.title).toBe('search-index is 2 min 07 s behind: search-unavailable');
  });

  it('does not blame a sink that it does not use', () => {
    const { problems } = statusOf({ failures: [failure()], sinks: broken('topic', 'missing') });
    expect(problems.map(({ id }) => id)).toEqual(['consumer-failing:search-index', 'sink-unreachable:topic']);
  });

  it('is retrying, which is no problem, for the first attempts and seconds', () => {
    const young = failure({ attempt: 2, since: ago(4), recordAt: ago(5) });
    const { consumers, verdict } = statusOf({ failures: [young] });
    expect(verdict).toBe('ok');
    expect(consumers[1]).toMatchObject({ state: 'retrying', attempt: 2, records: 37, failingSince: ago(4) });
  });

  it('is failing at once where its sink does not respond', () => {
    const first = failure({ attempt: 1, since: ago(1), recordAt: ago(11) });
    expect(onlyProblem({ failures: [first], sinks: broken('open-search') })?.severity).toBe('failing');
  });

  it('has the most attempts, the earliest start and all records of its lanes', () => {
    const other = failure({
      eventId: 'event-2',
      attempt: 3,
      since: ago(300),
      records: 2,
      recordAt: ago(310),
    });
    expect(onlyProblem({ failures: [failure(), other] })).toMatchObject({
      attempt: 10,
      records: 39,
      since: ago(300),
      safeUntil: instantOf(new Date(AT.getTime() + (21_600 - 310) * 1_000)),
    });
  });

  it('is safe for as long as the stream keeps its records where the mapping has no limit', () => {
    const unlimited = { ...enabled, maximumRecordAgeSeconds: -1 };
    const mappings = { 'order-events': enabled, 'search-index': unlimited };
    const problem = onlyProblem({ failures: [failure()], mappings });
    expect(problem?.safeUntil).toBe(instantOf(new Date(AT.getTime() + (86_400 - 127) * 1_000)));
  });

  it('says no time until which it is safe where its mapping could not be read', () => {
    const mappings = { 'order-events': enabled };
    const problem = onlyProblem({ failures: [failure()], mappings });
    expect(problem).not.toHaveProperty('safeUntil');
    expect(problem?.impact).toMatch(/^Nothing is lost: the records wait in the stream\. /);
  });
});

describe('a consumer whose function fails', () => {
  const dead = { ...enabled, lastProcessingResult: 'PROBLEM: Function call failed' };
  const mappings = { 'order-events': dead, 'search-index': enabled };

  it('is failing also where Lambda does not invoke it at all', () => {
    const unread = { ...enabled, lastProcessingResult: 'PROBLEM: Lambda cannot assume the role' };
    const metrics = metricsOf('order-events', { errors: 0, invocations: 0, accepted: 0 });
    expect(
      onlyProblem({ mappings: { 'order-events': unread, 'search-index': enabled }, metrics }),
    ).toMatchObject({ id: 'function-failing:order-events', severity: 'failing' });
  });

  describe('that Lambda does not invoke', () => {
    const role = { ...enabled, lastProcessingResult: 'PROBLEM: Lambda cannot assume the role' };
    const stopped = (
      lacks: 'the role' | 'concurrency',
      more: Partial<ConsumerMetrics> = {},
    ): Partial<StatusInputs> => ({
      mappings: { 'order-events': lacks === 'the role' ? role : enabled, 'search-index': enabled },
      metrics: metricsOf('order-events', {
        ...{ invocations: 0, accepted: 0, throttles: lacks === 'concurrency' ? 4 : 0 },
        ...more,
      }),
    });

    it.each(['the role', 'concurrency'] as const)(
      'for lack of %s promises no time where nothing is known',
      (lacks) => {
        const { consumers, problems } = statusOf(stopped(lacks));
        expect(problems).toHaveLength(1);
        expect(problems[0]).not.toHaveProperty('safeUntil');
        expect(problems[0]?.impact).toMatch(
          /^The records wait in the stream, which keeps them for 24 hours\. How long .* is not known\. /,
        );
        expect(consumers[0]).not.toHaveProperty('failingSince');
      },
    );

    it.each(['the role', 'concurrency'] as const)('for lack of %s is safe by its last batch', (lacks) => {
      const lastBatch = { at: ago(1_800), recordAt: ago(5_400) };
      expect(onlyProblem(stopped(lacks, { lastBatch }))).toMatchObject({
        since: ago(1_800),
        safeUntil: ago(5_400 - 21_600),
      });
      const lost = { at: ago(1_800), recordAt: ago(86_401) };
      expect(onlyProblem(stopped(lacks, { lastBatch: lost }))?.impact).toMatch(/^Records are lost: /);
    });
  });

  it('is failing since its last success', () => {
    const metrics = metricsOf('order-events', {
      errors: 8,
      invocations: 8,
      errorsSince: ago(77),
      secondsBehind: 60,
    });
    expect(onlyProblem({ mappings, metrics })).toMatchObject({
      id: 'function-failing:order-events',
      severity: 'failing',
      title: 'order-events is 1 min 00 s behind: its function fails',
      since: ago(77),
      safeUntil: instantOf(new Date(AT.getTime() + (21_600 - 77) * 1_000)),
      cause: {
        code: 'function-failed',
        message: 'PROBLEM: Function call failed (8 of 8 invocations in 10 minutes)',
      },
    });
  });

  it('is well once it has no errors: the batch that failed was given up', () => {
    expect(statusOf({ mappings }).verdict).toBe('ok');
  });

  it('is failing while Lambda does not run it', () => {
    const metrics = metricsOf('order-events', { throttles: 4, invocations: 0, accepted: 0 });
    expect(onlyProblem({ metrics })).toMatchObject({
      id: 'consumer-throttled:order-events',
      cause: { code: 'throttled' },
    });
  });
});

describe('a consumer that is paused', () => {
  const paused = { ...enabled, state: 'Disabled', changedAt: ago(60) };
  const mappings = { 'order-events': enabled, 'search-index': paused };
  const metricsAtPause = { 'search-index': quiet };
  const readUntil = (seconds: number) => ({
    lastReads: { 'search-index': { at: ago(seconds) } },
    metricsAtPause,
  });

  it('is a warning with its author and the command to resume it', () => {
    const pauses = { 'search-index': { by: 'olga', at: ago(61) } };
    expect(onlyProblem({ mappings, pauses, ...readUntil(62) })).toMatchObject({
      id: 'consumer-paused:search-index',
      severity: 'warning',
      title: 'search-index is paused by olga',
      since: ago(61),
      safeUntil: ago(61 - 21_600),
      command: 'npm run ops -- resume search-index',
    });
    expect(statusOf({ mappings }).consumers[1]?.state).toBe('paused');
  });

  it('is failing once its oldest record is given up, and says when records are lost', () => {
    const since = (hours: number) => ({
      mappings: { ...mappings, 'search-index': { ...paused, changedAt: ago(hours * 3_600) } },
      ...readUntil(hours * 3_600),
    });
    expect(onlyProblem(since(7))).toMatchObject({ severity: 'failing' });
    expect(onlyProblem(since(7))?.impact).toMatch(/^Nothing is lost until .* UTC/);
    expect(onlyProblem(since(25))?.impact).toMatch(/^Records are lost: /);
  });

  it('is a warning also where nobody is known to have paused it', () => {
    expect(onlyProblem({ mappings })?.title).toBe('search-index is paused');
  });

  it('is paused since its mapping changed where it read until then', () => {
    expect(onlyProblem({ mappings, ...readUntil(120) })).toMatchObject({
      since: ago(60),
      safeUntil: ago(60 - 21_600),
    });
  });

  it('is paused since the log says so where its mapping changed again later', () => {
    const pauses = { 'search-index': { by: 'olga', at: ago(14_400) } };
    expect(onlyProblem({ mappings, pauses, ...readUntil(14_460) })).toMatchObject({
      title: 'search-index is paused by olga',
      since: ago(14_400),
      safeUntil: ago(14_400 - 21_600),
    });
  });

  it.each([
    ['what CloudWatch had then is not known', { lastReads: { 'search-index': { at: ago(120) } } }],
    ['it had read nothing for long', { ...readUntil(14_400) }],
  ])('promises nothing where %s, though the log has its pause', (_, inputs) => {
    const pauses = { 'search-index': { by: 'olga', at: ago(61) } };
    const problem = onlyProblem({ mappings, pauses, ...inputs });
    expect(problem).toMatchObject({ since: ago(61) });
    expect(problem).not.toHaveProperty('safeUntil');
    expect(problem?.impact).toMatch(/^The records wait in the stream, .* is not known\. /);
  });

  it.each([
    ['it had read nothing for an hour', { at: undefined }],
    ['it had read nothing for minutes', { at: ago(661) }],
  ])('promises nothing where %s when its mapping changed, and the log has no pause', (_, lastRead) => {
    const problem = onlyProblem({ mappings, lastReads: { 'search-index': lastRead } });
    expect(problem).not.toHaveProperty('since');
    expect(problem).not.toHaveProperty('safeUntil');
    expect(problem?.impact).toMatch(/^The records wait in the stream, .* is not known\. /);
  });
});

describe('a consumer that was behind when it was paused', () => {
  const HOUR = 3_600;
  const paused = (hoursAgo: number, more: Partial<StatusInputs> = {}): Partial<StatusInputs> => ({
    mappings: {
      'order-events': enabled,
      'search-index': { ...enabled, state: 'Disabled', changedAt: ago(hoursAgo * HOUR) },
    },
    ...more,
  });
  const atPause = (metrics: Partial<ConsumerMetrics>): Partial<StatusInputs> => ({
    metricsAtPause: { 'search-index': { ...quiet, ...metrics } },
  });
  const failed = (hoursAgo: number) =>
    failure({ lastAt: ago(hoursAgo * HOUR + 30), recordAt: ago((hoursAgo + 5) * HOUR) });
  const notInvoked = (hoursAgo: number) => ({
    ...{ invocations: 0, throttles: 1, accepted: 0 },
    lastBatch: { at: ago((hoursAgo + 0.5) * HOUR), recordAt: ago((hoursAgo + 5) * HOUR) },
  });

  it.each([
    ['the record that it failed at', (hours: number) => paused(hours, { failures: [failed(hours)] })],
    ['the lag that it had', (hours: number) => paused(hours, atPause({ secondsBehind: 5 * HOUR }))],
    [
      'its last batch, where Lambda did not invoke it',
      (hours: number) => paused(hours, atPause(notInvoked(hours))),
    ],
  ])('is safe by %s, however long ago that was', (_, since) => {
    expect(onlyProblem(since(0.5))).toMatchObject({ severity: 'warning', safeUntil: ago(-0.5 * HOUR) });
    expect(onlyProblem(since(2))).toMatchObject({ severity: 'failing' });
    expect(onlyProblem(since(2))?.impact).toMatch(/^Nothing is lost until 23:26 UTC/);
    expect(onlyProblem(since(19))?.impact).toMatch(/^Records are lost: /);
  });

  it('is safe by its last batch where its mapping changed again before another one', () => {
    const lastBatch = { at: ago(1.5 * HOUR), recordAt: ago(5 * HOUR) };
    expect(onlyProblem(paused(1, atPause({ lastBatch })))?.safeUntil).toBe(ago(-HOUR));
    expect(onlyProblem(paused(1, atPause({ lastBatch, secondsBehind: 2 * HOUR })))?.safeUntil).toBe(
      ago(-3 * HOUR),
    );
  });

  it('is as far behind, and further by the time since', () => {
    const { consumers } = statusOf(paused(2, atPause({ secondsBehind: 5 * HOUR })));
    expect(consumers[1]).toMatchObject({ state: 'paused', secondsBehind: 7 * HOUR });
  });

  it('is safe by its pause alone where its failure had ended before', () => {
    const ended = failure({ lastAt: ago(HOUR + 181), recordAt: ago(6 * HOUR) });
    const lastReads = { 'search-index': { at: ago(HOUR) } };
    expect(onlyProblem(paused(1, { failures: [ended], lastReads, ...atPause({}) }))?.safeUntil).toBe(
      ago(-5 * HOUR),
    );
  });
});

it('a consumer that runs does not fail at what it failed at before', () => {
  expect(statusOf({ failures: [failure({ lastAt: ago(181) })] }).verdict).toBe('ok');
});

it('a consumer that is behind for more than its limit is failing', () => {
  expect(onlyProblem({ metrics: metricsOf('order-events', { secondsBehind: 301 }) })).toMatchObject({
    id: 'consumer-lagging:order-events',
    title: 'order-events is 5 min 01 s behind',
  });
  expect(statusOf({ metrics: metricsOf('order-events', { secondsBehind: 300 }) }).verdict).toBe('ok');
});

it.each([
  ['some of its invocations fail', { errors: 3, invocations: 8 }, /^3 of 8 invocations .* failed/],
  ['some of them are refused', { throttles: 4, accepted: 9 }, /^4 invocations were refused .* 9 accepted$/],
  ['neither is so', {}, /^Records come faster than they are handled$/],
])('a consumer that is behind says why, where %s', (_, metrics, message) => {
  expect(
    onlyProblem({ metrics: metricsOf('order-events', { secondsBehind: 301, ...metrics }) }),
  ).toMatchObject({
    id: 'consumer-lagging:order-events',
    cause: { message: expect.stringMatching(message) },
  });
});

describe('a consumer that reads nothing', () => {
  const since = (seconds: number): MappingDescription => ({ ...enabled, changedAt: ago(seconds) });
  const silent = (
    lastRead: Instant | undefined,
    more: Partial<StatusInputs> = {},
  ): Partial<StatusInputs> => ({
    mappings: { 'order-events': since(86_400), 'search-index': enabled },
    lastReads: { 'order-events': { at: lastRead } },
    ...more,
  });

  it('is failing since it last read, and promises nothing', () => {
    const problem = onlyProblem(silent(ago(1_200)));
    expect(problem).toMatchObject({
      id: 'consumer-stalled:order-events',
      severity: 'failing',
      title: 'order-events reads nothing',
      since: ago(1_200),
      cause: { code: 'nothing-read' },
      runbook: 'ordereventsstalled',
    });
    expect(problem).not.toHaveProperty('safeUntil');
    expect(problem?.impact).toMatch(/^The records wait in the stream, .* is not known\. /);
    expect(statusOf(silent(ago(1_200))).consumers[0]).toMatchObject({
      state: 'failing',
      failingSince: ago(1_200),
    });
  });

  it('is failing since an unknown time where it has read nothing for an hour', () => {
    expect(onlyProblem(silent(undefined))).not.toHaveProperty('since');
  });

  it.each<[string, Partial<StatusInputs>]>([
    ['has read within ten minutes, whose metrics may be late', silent(ago(590))],
    [
      'was enabled within ten minutes',
      silent(undefined, { mappings: { 'order-events': since(590), 'search-index': enabled } }),
    ],
    ['sends batches', silent(undefined, { metrics: metricsOf('order-events', { secondsBehind: 2 }) })],
    ['is not known to read or not', silent(undefined, { lastReads: {} })],
  ])('is well where it %s', (_, inputs) => {
    expect(statusOf(inputs).verdict).toBe('ok');
  });

  it('is not reported beside what explains it', () => {
    const throttled = metricsOf('order-events', { throttles: 1, accepted: 0 });
    expect(onlyProblem(silent(undefined, { metrics: throttled }))?.id).toBe(
      'consumer-throttled:order-events',
    );
  });
});

it('a sink that does not respond is a problem also while nothing is written', () => {
  expect(onlyProblem({ sinks: broken('topic', 'missing') })).toMatchObject({
    id: 'sink-unreachable:topic',
    severity: 'failing',
    title: 'The topic does not exist',
    cause: { code: 'TimeoutError' },
  });
});

it('a table that cannot be used is named by what that means: no order is accepted', () => {
  const failed = failure({ consumer: 'order-events', eventId: 'event-9' });
  expect(onlyProblem({ failures: [failed], sinks: broken('table', 'missing') })).toMatchObject({
    id: 'consumer-failing:order-events',
    title: 'order-events is 2 min 07 s behind: the table does not exist',
    impact: expect.stringMatching(/The API responds with 503 to nearly everything(?!.*Orders are accepted)/),
    runbook: 'tablesthrottled',
  });
});

it('no problem of a consumer says that orders are accepted while the table cannot be used', () => {
  const stalled = { ...enabled, changedAt: ago(86_400) };
  const { problems } = statusOf({
    sinks: broken('table'),
    mappings: {
      'order-events': { ...enabled, state: 'Disabled', changedAt: ago(60) },
      'search-index': stalled,
    },
    lastReads: { 'search-index': { at: ago(1_200) } },
  });
  expect(problems.map(({ id }) => id).toSorted()).toEqual([
    'consumer-paused:order-events',
    'consumer-stalled:search-index',
    'sink-unreachable:table',
  ]);
  for (const { impact } of problems) expect(impact).toMatch(/The API responds with 503 to nearly everything/);
});

it.each(['no-mapping', 'ResourceNotFoundException'])(
  'a consumer without its one mapping (%s) is failing, and hides nothing of the other one',
  (code) => {
    const paused = { ...enabled, state: 'Disabled', changedAt: ago(60) };
    const { consumers, problems } = statusOf({
      mappings: { 'order-events': paused },
      unmapped: { 'search-index': code },
    });
    expect(consumers.map(({ state }) => state)).toEqual(['paused', 'failing']);
    expect(problems).toMatchObject([
      {
        id: 'mapping-missing:search-index',
        severity: 'failing',
        cause: { code },
        runbook: 'revert-what-was-changed-by-hand',
      },
      { id: 'consumer-paused:order-events' },
    ]);
  },
);

it('what the last verify left is a warning, until another one finds nothing', () => {
  const verification = { at: ago(3_600), differences: 2, inconclusive: 0, malformed: 0 };
  expect(onlyProblem({ verification })).toMatchObject({
    id: 'verification-differs',
    severity: 'warning',
    title: 'The last verify left 2 differences',
    since: ago(3_600),
    runbook: 'verify',
  });
  expect(statusOf({ verification: { ...verification, differences: 0 } }).verdict).toBe('ok');
});

it('a source that did not respond makes the status incomplete, and never ok', () => {
  const status = statusOf({ mappings: {}, unavailable: [{ name: 'Lambda', code: 'TimeoutError' }] });
  expect(status.verdict).toBe('warning');
  expect(status.consumers.map(({ state }) => state)).toEqual(['unknown', 'unknown']);
});

describe('dead letters', () => {
  it('are a warning by consumer, with the most frequent cause and how many are new', () => {
    const causes = [cause(), cause({ code: 'sink-refused', waiting: 3, recent: 0, firstAt: ago(900) })];
    expect(onlyProblem({ openCauses: openOf(causes) })).toMatchObject({
      id: 'dead-letters:order-events',
      severity: 'warning',
      title: '15 dead letters of order-events, 2 causes, 2 new',
      since: ago(900),
      cause: { code: 'contract-violation' },
      records: 15,
    });
  });

  it('are counted by consumer', () => {
    const openCauses = [cause(), cause({ consumer: 'search-index', waiting: 1, parked: 4, recent: 0 })];
    expect(statusOf({ openCauses: openOf(openCauses) }).deadLetters).toEqual({
      waiting: { 'order-events': 12, 'search-index': 1 },
      parked: 4,
      causes: { 'order-events': 1, 'search-index': 1 },
      recent: 2,
      isCutShort: false,
    });
  });

  it('are one cause where some of it wait and others are parked, and each state has its own new ones', () => {
    const openCauses = openOf([
      cause({ waiting: 1, recent: 0 }),
      cause({ waiting: 0, parked: 5, recent: 5, firstAt: ago(9_000) }),
    ]);
    const { deadLetters, problems } = statusOf({ openCauses });
    expect(deadLetters?.causes).toEqual({ 'order-events': 1, 'search-index': 0 });
    expect(problems).toMatchObject([
      { title: '1 dead letter of order-events, 1 cause', since: ago(600) },
      { id: 'dead-letters:parked', records: 5, since: ago(9_000) },
    ]);
  });

  it('are not known, and not 0, where the store did not respond', () => {
    const unavailable = [{ name: 'the operations table', code: 'out-of-time' }] as const;
    expect(statusOf({ openCauses: undefined, unavailable })).toMatchObject({
      deadLetters: undefined,
      verdict: 'warning',
    });
  });

  it('are at least so many where not all were counted, and nothing is said of the oldest', () => {
    const openCauses = openOf([cause()], true);
    expect(onlyProblem({ openCauses })).toMatchObject({
      title: 'At least 12 dead letters of order-events, 1 cause, 2 new',
      impact: expect.not.stringContaining('the first until'),
    });
    expect(statusOf({ openCauses }).deadLetters?.isCutShort).toBe(true);
  });

  it('that are parked have a problem of their own', () => {
    expect(onlyProblem({ openCauses: openOf([cause({ waiting: 0, parked: 1 })]) })).toMatchObject({
      id: 'dead-letters:parked',
      title: '1 dead letter parked after the automatic replay failed',
    });
  });
});

it('every problem names a section of the runbook', () => {
  const runbook = readFileSync(join(PROJECT_ROOT, 'docs/runbook.md'), 'utf8');
  const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
  const paused = { ...enabled, state: 'Disabled' };
  const dead = { ...enabled, lastProcessingResult: 'PROBLEM: Function call failed' };
  const inputs: Partial<StatusInputs>[] = [
    {
      failures: [failure()],
      openCauses: openOf([cause({ parked: 1 })]),
      unavailable: [{ name: 'CloudWatch', code: 'x' }],
    },
    {
      mappings: { 'order-events': dead, 'search-index': paused },
      metrics: metricsOf('order-events', { errors: 1 }),
    },
    { metrics: metricsOf('order-events', { throttles: 1, accepted: 0 }) },
    { metrics: metricsOf('order-events', { secondsBehind: 999 }) },
    {
      mappings: {
        'order-events': { ...enabled, changedAt: ago(601) },
        'search-index': { ...enabled, changedAt: ago(601) },
      },
      lastReads: { 'order-events': { at: undefined }, 'search-index': { at: undefined } },
    },
    { unmapped: { 'order-events': 'no-mapping' } },
    { verification: { at: ago(60), differences: 1, inconclusive: 0, malformed: 0 } },
    ...SINKS.map((name) => ({ sinks: broken(name) })),
  ];
  const problems = inputs.flatMap((input) => statusOf(input).problems);
  expect(new Set(problems.map(({ id }) => id)).size).toBe(17);
  expect(problems.map(({ runbook: section }) => section).filter((one) => !anchors.includes(one))).toEqual([]);
});

it.each<[string, Partial<StatusInputs>]>([
  ['a lag', { metrics: metricsOf('order-events', { secondsBehind: 999 }) }],
  ['a sink that does not respond', { sinks: broken('topic') }],
  ['a source that does not respond', { unavailable: [{ name: 'CloudWatch', code: 'TimeoutError' }] }],
  [
    'a throttled function of which nothing else is known',
    { metrics: metricsOf('order-events', { throttles: 1, accepted: 0 }) },
  ],
])('the start of %s is not known, so that none is promised', (_, inputs) => {
  expect(onlyProblem(inputs)).not.toHaveProperty('since');
});

it('what fails comes before what warns', () => {
  const { verdict, problems } = statusOf({ openCauses: openOf([cause()]), failures: [failure()] });
  expect(verdict).toBe('failing');
  expect(problems.map(({ severity }) => severity)).toEqual(['failing', 'warning']);
});

it.each([
  [47, '47 s'],
  [127, '2 min 07 s'],
  [11_100, '3 h 05 min'],
])('%i seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
