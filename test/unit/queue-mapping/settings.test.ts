import { describe, expect, it } from 'vitest';
import { InvalidMappingSettingsError } from '../../../infra/local/event-source-mapping/settings.ts';
import {
  checkQueueMappingSettings,
  type QueueMappingSettings,
} from '../../../infra/local/queue-mapping/settings.ts';

const settings: QueueMappingSettings = {
  functionName: 'ReplayFunction',
  functionTimeoutSeconds: 30,
  queueArn: 'arn:aws:sqs:eu-central-1:000000000000:letters',
  queueUrl: 'http://127.0.0.1:4566/000000000000/letters',
  visibilityTimeoutSeconds: 180,
  batchSize: 10,
  maximumBatchingWindowInSeconds: 0,
  maximumConcurrency: 2,
  reportBatchItemFailures: true,
};
const fifo = { queueArn: `${settings.queueArn}.fifo` };

describe('the settings of a mapping on a queue', () => {
  it.each<[string, Partial<QueueMappingSettings>]>([
    ['the defaults', {}],
    ['a large batch with a window', { batchSize: 10_000, maximumBatchingWindowInSeconds: 1 }],
    ['a FIFO queue', fifo],
  ])('may be %s', (_name, overrides) => {
    expect(() => checkQueueMappingSettings({ ...settings, ...overrides })).not.toThrow();
  });

  it.each<[string, Partial<QueueMappingSettings>, RegExp]>([
    ['a large batch without a window', { batchSize: 11 }, /needs a batching window/],
    ['a window of more than 5 minutes', { maximumBatchingWindowInSeconds: 301 }, /maximumBatchingWindow/],
    ['a concurrency of 1', { maximumConcurrency: 1 }, /maximumConcurrency/],
    ['a window on a FIFO queue', { ...fifo, maximumBatchingWindowInSeconds: 1 }, /FIFO/],
    ['a visibility time-out below the function time-out', { visibilityTimeoutSeconds: 29 }, /visibility/],
  ])('are refused for %s', (_name, overrides, message) => {
    const check = () => checkQueueMappingSettings({ ...settings, ...overrides });
    expect(check).toThrow(InvalidMappingSettingsError);
    expect(check).toThrow(message);
  });
});
