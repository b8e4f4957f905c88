import { describe, expect, it } from 'vitest';
import { ttlOfStatus } from '../../../pipelines/orders/retention.ts';

const NOW = new Date('2026-03-10T12:00:00.500Z');

describe('an order', () => {
  it.each(['delivered', 'cancelled', 'rejected'] as const)(
    'expires so many days after it was %s',
    (status) => {
      const ttl = ttlOfStatus(status, NOW, { orderRetentionDays: 30 });
      expect(ttl).toBe(Date.parse('2026-04-09T12:00:01Z') / 1_000);
    },
  );

  it.each(['placed', 'confirmed', 'shipped'] as const)('does not expire while it is %s', (status) => {
    expect(ttlOfStatus(status, NOW, { orderRetentionDays: 30 })).toBeUndefined();
  });

  it('is kept for ever when nothing or 0 days are said', () => {
    expect(ttlOfStatus('delivered', NOW, {})).toBeUndefined();
    expect(ttlOfStatus('delivered', NOW, { orderRetentionDays: 0 })).toBeUndefined();
  });
});
