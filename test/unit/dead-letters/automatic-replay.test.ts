import { describe, expect, it } from 'vitest';
import type { MessageSummary } from '../../../pipelines/dead-letters/parse/dead-letter-summary.ts';
import { automaticReplayDecision } from '../../../pipelines/dead-letters/replay/automatic-replay.ts';
import { deadLetterIdOf } from '../../../pipelines/operations/dead-letter-entry.ts';

const ATTEMPTS_MAX = 5;
const FAILED_AT = '2026-03-01T12:00:00.000Z';
const decide = (summary: Partial<MessageSummary>, minutesLater = 0) =>
  automaticReplayDecision(
    {
      id: deadLetterIdOf('search-index', 'e-1'),
      messageId: 'm-1',
      consumer: 'search-index',
      kind: 'record',
      reason: 'search-unavailable',
      entities: ['Order'],
      records: 1,
      attempts: 1,
      receives: 1,
      firstSeenAt: FAILED_AT,
      failedAt: FAILED_AT,
      ...summary,
    },
    ATTEMPTS_MAX,
    new Date(Date.parse(FAILED_AT) + minutesLater * 60_000),
  );

describe('an automatic replay', () => {
  it.each(['contract-violation', 'sink-refused'])('leaves what only a correction fixes: %s', (reason) => {
    expect([decide({ reason }), decide({ reason, attempts: ATTEMPTS_MAX })]).toEqual(['skip', 'skip']);
  });

  it.each(['batch', 'pointers'] as const)('replays what Lambda gave up: %s', (kind) => {
    expect(decide({ kind, reason: 'RecordAgeExceeded', failedAt: undefined })).toBe('replay');
  });

  it('ignores test events and leaves what is unreadable', () => {
    expect([decide({ kind: 'test-event' }), decide({ kind: 'unreadable' })]).toEqual(['replay', 'skip']);
  });

  it.each([
    [2, 15],
    [3, 60],
    [4, 240],
  ])('lets a dead letter that has failed %i times wait for %i minutes', (attempts, minutes) => {
    expect([decide({ attempts }, minutes - 1), decide({ attempts }, minutes)]).toEqual(['skip', 'replay']);
  });

  it('parks what has failed as often as allowed', () => {
    expect(decide({ attempts: ATTEMPTS_MAX })).toBe('park');
    expect(decide({ kind: 'batch', reason: 'RetryAttemptsExhausted', attempts: ATTEMPTS_MAX })).toBe('park');
  });
});
