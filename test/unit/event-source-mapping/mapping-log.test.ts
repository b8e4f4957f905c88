import { describe, expect, it } from 'vitest';
import { type MappingLog, withAttributes } from '../../../infra/local/event-source-mapping/activity.ts';

describe('a log with attributes', () => {
  it.each(['info', 'warn', 'error'] as const)(
    'passes %s on at its level, with those of the entry',
    (level) => {
      const entries: unknown[] = [];
      const keeping = (name: string) => (message: string, attributes: object) =>
        void entries.push([name, message, attributes]);
      const log: MappingLog = { info: keeping('info'), warn: keeping('warn'), error: keeping('error') };
      withAttributes(log, { functionName: 'F' })[level]('Something', { shardId: 'S' });
      expect(entries).toEqual([[level, 'Something', { functionName: 'F', shardId: 'S' }]]);
    },
  );
});
