import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EXIT } from '../../../infra/ops/command-line/exit-codes.ts';
import { output } from '../../../infra/ops/command-line/output.ts';
import { showLag } from '../../../infra/ops/commands/lag.ts';
import { instantOf } from '../../../pipelines/clock.ts';
import type { ConsumerMetrics } from '../../../pipelines/status/consumer-metrics.ts';
import type { StatusInputs, UnavailableSource } from '../../../pipelines/status/status-inputs.ts';
import { systemStatus } from '../../../pipelines/status/system-status.ts';

const AT = new Date('2026-03-01T06:26:17.000Z');
const enabled = { state: 'Enabled', lastProcessingResult: 'OK', maximumRecordAgeSeconds: 21_600 };
const disabled = { ...enabled, state: 'Disabled', changedAt: instantOf(new Date(AT.getTime() - 600_000)) };
const idle: ConsumerMetrics = {
  ...{ errors: 0, invocations: 0, throttles: 0, accepted: 0 },
  recordsPerSecond: 0,
};
const metricsOf = (metrics: Partial<ConsumerMetrics>) => ({
  'order-events': { ...idle, ...metrics },
  'search-index': { ...idle, ...metrics },
  eventsPerSecond: 0,
});
const well: StatusInputs = {
  ...{ at: AT, failures: [], sinks: [], lastReads: {}, pauses: {}, metricsAtPause: {}, unavailable: [] },
  mappings: { 'order-events': enabled, 'search-index': enabled },
  unmapped: {},
  metrics: metricsOf({ secondsBehind: 2 }),
  openCauses: { causes: [], isCutShort: false },
};
const denied = (name: UnavailableSource['name']) => ({
  unavailable: [{ name, code: 'AccessDeniedException' }],
});
const withoutMetrics = { ...denied('CloudWatch'), metrics: undefined };
const withoutMappings = {
  ...denied('Lambda'),
  mappings: {},
};

let errors: unknown[];
beforeEach(() => {
  errors = [];
  vi.spyOn(console, 'error').mockImplementation((text: unknown) => void errors.push(text));
});
afterEach(() => void vi.restoreAllMocks());

const shards = ['order-events', 'search-index'].map((mapping) => ({ mapping, secondsBehind: 1 }));
const lag = (inputs: Partial<StatusInputs>, maxLag: number | undefined, ofShards: typeof shards = []) =>
  showLag(
    output(true, () => undefined),
    systemStatus({ ...well, ...inputs }),
    ofShards,
    maxLag,
  );

const ago = (seconds: number) => instantOf(new Date(AT.getTime() - seconds * 1_000));
/** Two minutes after a resume, with the last read so many seconds ago. */
const resumed = (lastRead: number | undefined) => ({
  mappings: { 'order-events': { ...enabled, changedAt: ago(120) }, 'search-index': enabled },
  lastReads: { 'order-events': { at: lastRead === undefined ? undefined : ago(lastRead) } },
});

describe('the lag that a gate waits for', () => {
  it.each([
    ['is below it', {}, EXIT.ok],
    ['is above it', { metrics: metricsOf({ secondsBehind: 61 }) }, EXIT.differs],
    ['has no data, since nothing is read', { metrics: metricsOf({}) }, EXIT.ok],
    ['has no data yet after a resume', { metrics: metricsOf({}), ...resumed(undefined) }, EXIT.unreachable],
    ['has no data, and it has read since its resume', { metrics: metricsOf({}), ...resumed(30) }, EXIT.ok],
    [
      'has no data, and read before its resume alone',
      { metrics: metricsOf({}), ...resumed(300) },
      EXIT.unreachable,
    ],
    ['has no data, since CloudWatch cannot be read', withoutMetrics, EXIT.unreachable],
    [
      'has no data, and Lambda cannot say whether the mapping is enabled',
      { ...withoutMappings, metrics: metricsOf({}) },
      EXIT.unreachable,
    ],
    ['is below it, although Lambda cannot be read', withoutMappings, EXIT.ok],
    ['is below it, although the operations table cannot be read', denied('the operations table'), EXIT.ok],
    [
      'is above it for a consumer that is paused, although CloudWatch cannot be read',
      {
        ...withoutMetrics,
        mappings: { 'order-events': disabled, 'search-index': enabled },
        pauses: { 'order-events': { by: 'olga', at: disabled.changedAt } },
      },
      EXIT.differs,
    ],
    [
      'is not known for a consumer of which it is not known since when it is paused',
      { metrics: metricsOf({}), mappings: { 'order-events': disabled, 'search-index': enabled } },
      EXIT.unreachable,
    ],
    [
      'is above it for a consumer that was so far behind when it was paused',
      {
        mappings: { 'order-events': { ...disabled, changedAt: instantOf(AT) }, 'search-index': enabled },
        metricsAtPause: metricsOf({ secondsBehind: 61 }),
      },
      EXIT.differs,
    ],
    [
      'is not known for a consumer that is not invoked',
      {
        mappings: {
          'order-events': { ...enabled, lastProcessingResult: 'PROBLEM: Lambda cannot assume the role' },
          'search-index': enabled,
        },
        metrics: metricsOf({}),
      },
      EXIT.unreachable,
    ],
  ])('%s', (_, inputs, code) => {
    expect(lag(inputs, 60)).toBe(code);
  });

  const longEnabled = { ...enabled, changedAt: instantOf(new Date(AT.getTime() - 7_200_000)) };
  const silent = (lastRead: number | undefined) => ({
    mappings: { 'order-events': longEnabled, 'search-index': longEnabled },
    metrics: metricsOf({}),
    lastReads: {
      'order-events': {
        at: lastRead === undefined ? undefined : instantOf(new Date(AT.getTime() - lastRead * 1_000)),
      },
    },
  });
  it.each([
    ['is above it', 1_200, EXIT.differs],
    ['is not known', undefined, EXIT.unreachable],
  ])(
    '%s for a consumer that reads nothing, also where no shard has a record that waits',
    (_, lastRead, code) => {
      expect(lag(silent(lastRead), 60)).toBe(code);
      expect(lag(silent(lastRead), 60, shards)).toBe(code);
    },
  );

  it('is that of the shards where they are known', () => {
    expect(lag(withoutMetrics, 60, shards)).toBe(EXIT.ok);
  });
});

describe('a lag without a gate', () => {
  it('ends with 0, and says which source cannot be read, and why', () => {
    expect(lag(withoutMetrics, undefined)).toBe(EXIT.ok);
    expect(errors).toEqual(['CloudWatch could not be read: AccessDeniedException']);
  });

  it('has no errors where every source is read', () => {
    lag({}, undefined);
    expect(errors).toEqual([]);
  });
});
