import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { BENCHMARKS } from '../../bench/benchmarks.ts';
import { filesOf, JSON_FILE, PAGE_FILES } from '../../bench/page/files.ts';
import { readRun } from '../../bench/page/run.ts';

const files = filesOf(readRun(join(PROJECT_ROOT, JSON_FILE)), BENCHMARKS);

it.each(PAGE_FILES)('%s has the figures of benchmarks.json: npm run bench -- --render', (file) => {
  expect(readFileSync(join(PROJECT_ROOT, file), 'utf8')).toBe(files[file]);
});
