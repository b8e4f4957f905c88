import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../local/project-root.ts';
import { publishedManifest } from './manifest.ts';

const COMPILER = join(PROJECT_ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const COMPILER_OPTIONS = join(import.meta.dirname, 'tsconfig.json');
const COMPILE_MS_MAX = 120_000;

/** What goes along as it is, and what it is called there. */
const COPIED: Readonly<Record<string, string>> = {
  'contracts/asyncapi.json': 'asyncapi.json',
  'contracts/openapi.json': 'openapi.json',
  'docs/events.md': 'README.md',
  LICENSE: 'LICENSE',
};

/**
 * Makes the package that subscribers install, in a folder that is emptied first: JavaScript with types, since Node strips none
 * below node_modules (https://nodejs.org/api/typescript.html#type-stripping-in-dependencies).
 */
export async function buildPackage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await promisify(execFile)(
    process.execPath,
    [COMPILER, '-p', COMPILER_OPTIONS, '--outDir', join(folder, 'contracts')],
    { timeout: COMPILE_MS_MAX },
  );
  for (const [from, to] of Object.entries(COPIED)) copyFileSync(join(PROJECT_ROOT, from), join(folder, to));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(publishedManifest, undefined, 2)}\n`);
}
