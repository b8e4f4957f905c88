import { describe, expect, it } from 'vitest';
import { output } from '../../../infra/ops/output.ts';

const printed = (isJson: boolean): string[] => {
  const texts: string[] = [];
  const out = output(isJson, (text) => texts.push(text));
  out.line('Two letters');
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
    expect(line).toBe('Two letters');
    expect(table).toMatch(/id.*reason[\s\S]*1.*contract-violation/);
  });
});
