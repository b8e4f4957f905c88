import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DELIVERY_CASES } from '../../../contracts/testing/delivery-cases.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { PROJECT_ROOT } from '../../local/machine/project-root.ts';
import { eventSchemas } from '../event-schemas.ts';

const { name, version, description, license, type, engines, dependencies } = manifest;

/**
 * The package.json that subscribers get. The project's own one lists what the functions need, and a subscriber must install zod but no
 * AWS clients.
 */
export const publishedManifest = {
  name,
  version,
  description: `${description} The contract of its events and its API.`,
  license,
  type,
  sideEffects: false,
  engines,
  exports: {
    './contracts': { types: './contracts/subscriber/index.d.ts', default: './contracts/subscriber/index.js' },
    './testing': { types: './contracts/testing/index.d.ts', default: './contracts/testing/index.js' },
    './schemas/*': './schemas/*',
    './fixtures/*': './fixtures/*',
    './asyncapi.json': './asyncapi.json',
    './openapi.json': './openapi.json',
  },
  dependencies: { zod: `^${dependencies.zod}` },
} as const;

const COMPILER = join(PROJECT_ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const COMPILER_OPTIONS = join(import.meta.dirname, 'tsconfig.json');
const COMPILE_MS_MAX = 120_000;

/** The files that are copied unchanged, with their names in the package. */
const COPIED: Readonly<Record<string, string>> = {
  'contracts/asyncapi.json': 'asyncapi.json',
  'contracts/openapi.json': 'openapi.json',
  LICENSE: 'LICENSE',
};

/** A link to another page of the docs, which the package does not have. */
const LINK_TO_PAGE = /\[(?<text>[^\]]+)\]\((?!https:|#)[^)]+\)/g;

/**
 * Builds the package that subscribers install, in a folder that is emptied first. It contains JavaScript with types, because Node.js
 * does not strip types below node_modules (https://nodejs.org/api/typescript.html#type-stripping-in-dependencies).
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
  const readme = readFileSync(join(PROJECT_ROOT, 'docs', 'events.md'), 'utf8');
  writeFileSync(join(folder, 'README.md'), readme.replaceAll(LINK_TO_PAGE, '$<text>'));
  writeEach(join(folder, 'schemas'), await eventSchemas());
  writeEach(
    join(folder, 'fixtures'),
    Object.fromEntries(DELIVERY_CASES.map((one) => [`${one.name}.json`, one])),
  );
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(publishedManifest, undefined, 2)}\n`);
}

/** Writes a file of JSON for each member, by its name. */
function writeEach(folder: string, files: Readonly<Record<string, object>>): void {
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), `${JSON.stringify(content, undefined, 2)}\n`);
}
