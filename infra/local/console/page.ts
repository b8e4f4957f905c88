import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { PROJECT_ROOT } from '../machine/project-root.ts';

/** A file of the built page. */
export interface PageFile {
  readonly mediaType: string;
  readonly body: Buffer;
}

/** The built page: its files by their path below `/`. */
export type Page = ReadonlyMap<string, PageFile>;

const SOURCE = join(PROJECT_ROOT, 'infra', 'console');
const BUILT = join(PROJECT_ROOT, '.build', 'console');
const STAMP = join(PROJECT_ROOT, '.build', 'console.stamp');
/** The sources of the page. */
const SOURCES = ['infra/console/**/*.*', 'contracts/**/*.ts', 'package-lock.json'];
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/markdown; charset=utf-8',
};
/** The page shows its sections. */
const RUNBOOK = join(PROJECT_ROOT, 'docs', 'runbook.md');

/** The page of the console. Builds it if its sources have changed since the last build. */
export async function consolePage(): Promise<Page> {
  const stamp = stampOfSources();
  if (stamp !== stampOfBuild()) {
    await build();
    writeFileSync(STAMP, stamp);
  }
  const runbook = { mediaType: mediaTypeOf(RUNBOOK), body: readFileSync(RUNBOOK) };
  const built = readdirSync(BUILT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry): [string, PageFile] => {
      const file = join(entry.parentPath, entry.name);
      const path = `/${relative(BUILT, file).replaceAll(sep, '/')}`;
      return [path, { mediaType: mediaTypeOf(file), body: readFileSync(file) }];
    });
  return new Map([...built, ['/runbook.md', runbook]]);
}

const mediaTypeOf = (file: string): string => MEDIA_TYPES[extname(file)] ?? 'application/octet-stream';

async function build(): Promise<void> {
  // Imported only for a build: the import takes longer than the rest of a start.
  const { build: viteBuild } = await import('vite');
  mkdirSync(BUILT, { recursive: true });
  await viteBuild({
    root: SOURCE,
    configFile: false,
    logLevel: 'warn',
    build: { outDir: BUILT, emptyOutDir: true, modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  });
}

function stampOfSources(): string {
  const hash = createHash('sha256');
  for (const file of globSync(SOURCES, { cwd: PROJECT_ROOT }).toSorted())
    hash.update(`${file}\n`).update(readFileSync(join(PROJECT_ROOT, file)));
  return hash.digest('hex');
}

function stampOfBuild(): string | undefined {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
