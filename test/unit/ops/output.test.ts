import { describe, expect, it } from 'vitest';
import { type Output, output } from '../../../infra/ops/command-line/output.ts';
import { showFinished, showPlans, showResults } from '../../../infra/ops/commands/reindex-output.ts';
import { showRepairs, showVerification } from '../../../infra/ops/commands/verify-output.ts';
import { NASTY_TEXT } from '../../builders/dead-letters/odd-dead-letters.ts';

const printed = (isJson: boolean): string[] => {
  const texts: string[] = [];
  const out = output(isJson, (text) => texts.push(text));
  out.line('Two dead letters');
  out.table(['id', 'reason'], [['1', 'contract-violation']], [{ id: '1', reason: 'contract-violation' }]);
  return texts;
};

describe('the output of a command', () => {
  it('is one JSON value for scripts, and nothing else', () => {
    expect(printed(true).map((text) => JSON.parse(text))).toEqual([
      [{ id: '1', reason: 'contract-violation' }],
    ]);
  });

  it('is lines and tables for people', () => {
    const [line, table] = printed(false);
    expect(line).toBe('Two dead letters');
    expect(table).toMatch(/id.*reason[\s\S]*1.*contract-violation/);
  });
});

describe('text of the table', () => {
  /** Also one beyond 16 bits, which no queue of the local system takes. */
  const nasty = `${NASTY_TEXT}\u{e0041}`;
  const printedBy = (isJson: boolean, show: (out: Output) => void): string => {
    const texts: string[] = [];
    show(output(isJson, (text) => texts.push(text)));
    return texts.join('\n');
  };
  const finding = { check: nasty, id: nasty, detail: nasty, repair: undefined };
  const verification = {
    checks: [{ check: nasty, figures: nasty, findings: [finding], inconclusive: [nasty] }],
    malformed: [{ pk: nasty, sk: nasty }],
  };
  const result = {
    ...{ name: 'orders' as const, outcome: 'differs' as const, live: nasty, shadow: nasty },
    ...{ documents: 1, repaired: 1, refused: [nasty] },
    ...{ findings: [finding], malformed: [{ pk: nasty, sk: nasty }] },
  };
  const commands: Readonly<Record<string, (out: Output) => void>> = {
    'a line': (out) => out.line(nasty),
    'a table': (out) => out.table(['a'], [[nasty]], [{ [nasty]: nasty }]),
    verify: (out) => showVerification(out, verification, verification),
    'verify --repair': (out) =>
      showRepairs(out, [
        { check: nasty, id: nasty, detail: nasty, outcome: 'failed', how: nasty, error: nasty },
      ]),
    reindex: (out) => showResults(out, [result]),
    'reindex --dry-run': (out) =>
      showPlans(out, [{ name: 'orders', live: nasty, shadow: nasty, would: nasty }]),
    'reindex --finish': (out) => showFinished(out, [{ name: 'orders', deleted: nasty }]),
  };

  it.each(
    Object.entries(commands).flatMap(([name, show]) => [
      { name, to: 'people', show, isJson: false },
      { name, to: 'scripts', show, isJson: true },
    ]),
  )('is shown to $to by $name as escapes that do nothing', ({ show, isJson }) => {
    const text = printedBy(isJson, show);
    expect(text).not.toMatch(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u);
    if (!isJson) expect(text).toContain('\\u001b[2J\\u0007\\u0000\\u000d\\u000a\\u0009\\u007f');
  });

  it('has the same value for scripts', () => {
    const value = { [nasty]: nasty };
    expect(JSON.parse(printedBy(true, (out) => out.table([], [], value)))).toEqual(value);
  });

  it('does not fill the screen with one cell of a table', () => {
    expect(printedBy(false, (out) => out.table(['a'], [['x'.repeat(1_000_000)]], [])).length).toBeLessThan(
      3_000,
    );
  });
});
