import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const HOURS_A_MONTH = 730;
const page = readFileSync(join(PROJECT_ROOT, 'docs', 'deploy.md'), 'utf8');
const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
const lines = page.split('\n');
const from = lines.findIndex((line) => line.startsWith('| | price |'));
const [head = [], , ...rows] = lines.slice(from, lines.indexOf('', from)).map(cellsOf);
const sums = rows.at(-1) ?? [];
const priced = rows.slice(0, -1).map(([what = '', price = '', ...amounts]) => {
  const [, unit = '', isHourly] = /^([\d.]+)( an hour)?/.exec(price) ?? [];
  return { what, unit: Number(unit) * (isHourly === undefined ? 1 : HOURS_A_MONTH), amounts };
});
const cents = (dollars: number): number => Math.round(dollars * 100);
const partsOf = (amount: string): readonly [count: number, dollars: number] => {
  const [, count = '0', dollars = '0'] = /^(\d+): ([\d.]+)$/.exec(amount) ?? [];
  return [Number(count), Number(dollars)];
};

describe('the costs of a month', () => {
  it.each(priced)('of $what are as many times the price as are counted', ({ unit, amounts }) => {
    for (const [count, dollars] of amounts.map(partsOf)) expect(cents(dollars)).toBe(cents(count * unit));
  });

  it.each(head.slice(2).map((environment, column) => ({ environment, column })))(
    'of $environment are the sum of what it has',
    ({ column }) => {
      const own = priced.map(({ amounts }) => partsOf(amounts[column] ?? '')[1]);
      const sum = own.reduce((total, dollars) => total + dollars, 0);
      expect(sums[column + 2]).toBe(`**${sum.toFixed(2)}**`);
    },
  );
});
