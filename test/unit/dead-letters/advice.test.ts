import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeadLetterAttempt } from '../../../contracts/api/dead-letters.ts';
import { adviceOn } from '../../../pipelines/dead-letters/list/show-dead-letter.ts';
import { RecordsTrimmedError } from '../../../pipelines/dead-letters/replay/automatic-replay.ts';
import { TableTooLargeError } from '../../../pipelines/dead-letters/replay/changed-within.ts';
import { PointersRefusedError } from '../../../pipelines/dead-letters/replay/replay-dead-letter.ts';
import { ContractViolationError } from '../../../pipelines/errors.ts';
import { FIRST_SEEN_AT } from '../../builders/dead-letters/dead-letters.ts';

const attempt = (outcome: DeadLetterAttempt['outcome'], code?: string): DeadLetterAttempt => ({
  ...{ at: FIRST_SEEN_AT, by: 'automatic-replay', outcome },
  ...(code !== undefined && { code }),
});
const GIVEN_UP = 'RetryAttemptsExhausted';
const reasonOf = (code: string) => ({ code, message: '', issues: [] });
const givenUp = (kind: 'batch' | 'pointers', ...attempts: readonly DeadLetterAttempt[]) => ({
  kind,
  reason: reasonOf(GIVEN_UP),
  history: [attempt('failed', GIVEN_UP), ...attempts],
});
const WAIT = expect.stringContaining('the automatic replay does so too');

describe('the advice on pointers', () => {
  it.each([new RecordsTrimmedError(''), new PointersRefusedError(''), new TableTooLargeError('')])(
    'is what their last failed replay says: %s',
    ({ code, remedy }) => {
      const failed = givenUp('pointers', attempt('failed', 'throttled'), attempt('failed', code));
      expect(adviceOn(failed).remedy).toBe(remedy);
    },
  );

  it('is the same after they were parked', () => {
    const { code, remedy } = new RecordsTrimmedError('');
    expect(adviceOn(givenUp('pointers', attempt('failed', code), attempt('parked'))).remedy).toBe(remedy);
  });

  it('is of the last failure alone', () => {
    const { code } = new RecordsTrimmedError('');
    const failed = givenUp('pointers', attempt('failed', code), attempt('failed', 'search-unavailable'));
    expect(adviceOn(failed).remedy).toEqual(WAIT);
  });
});

describe('the advice on a batch', () => {
  it('that was not replayed is to wait for what it needs', () => {
    expect(adviceOn(givenUp('batch')).remedy).toEqual(WAIT);
  });

  it('is not to fix an item, where one of its records broke its contract while a sink was away', () => {
    const failed = givenUp('batch', attempt('failed', new ContractViolationError('').code));
    expect(adviceOn(failed).remedy).toEqual(WAIT);
  });
});

describe('the advice on a record', () => {
  it('is that of its reason', () => {
    const { code, remedy } = new ContractViolationError('');
    expect(adviceOn({ kind: 'record', reason: reasonOf(code), history: [] }).remedy).toBe(remedy);
  });
});

describe('the advice on a dead letter that cannot be read', () => {
  it('is to look why, since its object may only be denied, and not to purge it at once', () => {
    const { remedy } = adviceOn({ kind: 'unreadable', reason: reasonOf('unreadable'), history: [] });
    expect(remedy).toMatch(/permission.*verify.*purge/);
  });
});

it('every advice names a section of the runbook', () => {
  const runbook = readFileSync(join(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');
  const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  );
  const codes = ['contract-violation', 'stock-violation', 'sink-refused', 'record-not-of-table', 'other'];
  const sections = codes.map((code) => adviceOn({ kind: 'record', reason: reasonOf(code), history: [] }));
  expect(anchors).toEqual(expect.arrayContaining(sections.map(({ runbook: section }) => section)));
});
