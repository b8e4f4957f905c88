import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const page = readFileSync(join(PROJECT_ROOT, 'docs', 'security.md'), 'utf8');
const named = [...page.matchAll(/`(test\/[^`]+\.test\.ts)`: ([^|]+) \|$/gm)].map(
  ([, file = '', title = '']) => ({
    file,
    title,
  }),
);

it('has a test in every line that has a check', () => {
  const lines = [...page.matchAll(/^\| threat .*\n\|[-|]+\n((?:\|.*\n)+)/gm)].flatMap(([, rows = '']) =>
    rows.trimEnd().split('\n'),
  );
  expect(named.length).toBe(lines.length);
  expect(lines.length).toBeGreaterThan(0);
});

it.each(named)('$file has the test "$title"', ({ file, title }) => {
  const path = join(PROJECT_ROOT, file);
  expect(existsSync(path)).toBe(true);
  expect(readFileSync(path, 'utf8').replaceAll(/\\'/g, "'")).toContain(title);
});
