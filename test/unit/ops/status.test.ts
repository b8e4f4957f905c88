import { expect, it } from 'vitest';
import { SystemStatus } from '../../../contracts/api/status.ts';
import { output } from '../../../infra/ops/command-line/output.ts';
import { showStatus } from '../../../infra/ops/commands/status.ts';

const AT = '2026-03-01T12:00:00.000Z';

it.each([
  [{ differences: 0, inconclusive: 0, malformed: 0 }, 'no differences'],
  [{ differences: 2, inconclusive: 0, malformed: 0 }, '2 differences'],
  [{ differences: 0, inconclusive: 3, malformed: 0 }, '3 inconclusive'],
  [{ differences: 0, inconclusive: 0, malformed: 1 }, '1 malformed'],
  [{ differences: 2, inconclusive: 3, malformed: 1 }, '2 differences, 3 inconclusive, 1 malformed'],
])('the status of a run of verify that found %o says %s', (found, words) => {
  const printed: string[] = [];
  const status = SystemStatus.parse({
    ...{ at: AT, verdict: 'ok', problems: [], consumers: [], sinks: [], rates: {}, lagLimitSeconds: 60 },
    verification: { at: AT, ...found },
  });
  showStatus(
    output(false, (text) => printed.push(text)),
    status,
  );
  expect(printed.at(-1)?.trim()).toBe(`Verified: ${AT}, ${words}`);
});

it('a problem whose start is not known has no time', () => {
  const printed: string[] = [];
  const problem = {
    ...{ id: 'sink-unreachable:topic', severity: 'failing', title: 'The topic does not exist', impact: '' },
    ...{ cause: { code: 'missing', message: '' }, runbook: '', command: '' },
  };
  const status = SystemStatus.parse({
    ...{ at: AT, verdict: 'failing', consumers: [], sinks: [], rates: {}, lagLimitSeconds: 60 },
    problems: [problem, { ...problem, since: AT, attempt: 2, records: 3 }],
  });
  showStatus(
    output(false, (text) => printed.push(text)),
    status,
  );
  expect(printed.filter((line) => line.startsWith('✖'))).toEqual([
    '✖ The topic does not exist',
    `✖ The topic does not exist (since ${AT}, attempt 2, 3 records)`,
  ]);
});
