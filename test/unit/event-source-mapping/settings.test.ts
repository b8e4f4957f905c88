import { describe, expect, it } from 'vitest';
import {
  checkSettings,
  InvalidMappingSettingsError,
} from '../../../infra/local/event-source-mapping/settings.ts';
import { aMapping } from '../../builders/stream/event-source-mapping.ts';

describe('settings', () => {
  it('are taken at Lambda’s limits', () => {
    const widest = aMapping({
      batchSize: 10_000,
      maximumBatchingWindowInSeconds: 300,
      parallelizationFactor: 10,
      maximumRetryAttempts: 10_000,
      maximumRecordAgeInSeconds: 604_800,
      filterPatterns: Array.from({ length: 5 }, () => ({})),
    });
    expect(() => checkSettings(widest)).not.toThrow();
  });

  it.each([
    ['batchSize', { batchSize: 10_001 }],
    ['batchSize', { batchSize: 0 }],
    ['maximumBatchingWindowInSeconds', { maximumBatchingWindowInSeconds: 301 }],
    ['parallelizationFactor', { parallelizationFactor: 11 }],
    ['maximumRetryAttempts', { maximumRetryAttempts: -2 }],
    ['maximumRecordAgeInSeconds', { maximumRecordAgeInSeconds: 604_801 }],
    ['filterPatterns', { filterPatterns: Array.from({ length: 6 }, () => ({})) }],
  ])('are refused with a wrong %s', (name, wrong) => {
    const check = () => checkSettings(aMapping(wrong));
    expect(check).toThrow(InvalidMappingSettingsError);
    expect(check).toThrow(new RegExp(name));
  });
});
