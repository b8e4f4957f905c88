import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const page = readFileSync(join(PROJECT_ROOT, 'docs', 'documented-rules.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:rule|assumption) /.test(line));
const ROW =
  /^\| (?<rule>[^|]+) \| \[(?<link>[\w-]+)\] \| `(?<file>test\/[\w./-]+\.test\.ts)`: (?<title>.+) \|$/;
const named = rows.map((row) => {
  const { rule = row, link = '', file = '', title = '' } = ROW.exec(row)?.groups ?? {};
  return { rule, link, file, title };
});
const QUOTES = ["'", '"', '`'];
const textOf = (file: string): string => {
  const path = join(PROJECT_ROOT, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};
/** The title as the file writes it; one with a value of each case has its placeholder. */
const hasTest = (file: string, title: string): boolean =>
  QUOTES.some((quote) => textOf(file).includes(`${quote}${title}${quote},`));

describe('a documented rule', () => {
  it.each(named)('has a test that there is: $rule', ({ file, title }) => {
    expect(hasTest(file, title)).toBe(true);
  });

  it.each(named)('has a page of AWS: $rule', ({ link }) => {
    expect(page).toContain(`\n[${link}]: https://docs.aws.amazon.com/`);
  });
});
