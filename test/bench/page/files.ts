import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import type { Benchmarks } from './benchmark.ts';
import { chartsOf, pageOf } from './page.ts';
import { jsonOf, type Run } from './run.ts';

const FOLDER = 'docs/lab';
export const JSON_FILE = `${FOLDER}/benchmarks.json`;
/** Everything that a run writes into the repository. */
export const PAGE_FILES = [
  JSON_FILE,
  `${FOLDER}/benchmarks.md`,
  `${FOLDER}/benchmarks.svg`,
  `${FOLDER}/scale.svg`,
] as const;

/** What is written of a run, by the file. */
export const filesOf = (run: Run, benchmarks: Benchmarks): Readonly<Record<string, string>> => ({
  [JSON_FILE]: jsonOf(run),
  [`${FOLDER}/benchmarks.md`]: pageOf(run, benchmarks),
  ...Object.fromEntries(
    Object.entries(chartsOf(run, benchmarks)).map(([name, svg]) => [`${FOLDER}/${name}`, svg]),
  ),
});

/** Writes the page, its figures and its charts. */
export function writePage(run: Run, benchmarks: Benchmarks): void {
  for (const [file, text] of Object.entries(filesOf(run, benchmarks)))
    writeFileSync(join(PROJECT_ROOT, file), text);
}
