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

const BUILD = join(PROJECT_ROOT, '.build');
/** The sources of the pages: the shop's uses parts of the console. */
const SOURCES = ['infra/console/**/*.*', 'contracts/**/*.ts', 'package-lock.json'];
const SHOP_SOURCES = [...SOURCES, 'infra/shop/**/*.*'];
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/markdown; charset=utf-8',
};
/** The console shows its sections. */
const RUNBOOK = join(PROJECT_ROOT, 'docs', 'runbook.md');

/** The page of the console. Builds it if its sources have changed since the last build. */
export async function consolePage(): Promise<Page> {
  const runbook = { mediaType: mediaTypeOf(RUNBOOK), body: readFileSync(RUNBOOK) };
  return new Map([...(await builtPage('console', '/', SOURCES)), ['/runbook.md', runbook]]);
}

/** The search page of the shop, built in the same way. */
export const shopPage = (): Promise<Page> => builtPage('shop', '/shop/', SHOP_SOURCES);

/** @param base The path at which the page is served. */
async function builtPage(name: string, base: string, sources: readonly string[]): Promise<Page> {
  const [built, stampFile] = [join(BUILD, name), join(BUILD, `${name}.stamp`)];
  const stamp = stampOf(sources);
  if (stamp !== keptStamp(stampFile)) {
    await build(join(PROJECT_ROOT, 'infra', name), built, base);
    writeFileSync(stampFile, stamp);
  }
  return new Map(
    readdirSync(built, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry): [string, PageFile] => {
        const file = join(entry.parentPath, entry.name);
        const path = `/${relative(built, file).replaceAll(sep, '/')}`;
        return [path, { mediaType: mediaTypeOf(file), body: readFileSync(file) }];
      }),
  );
}

const mediaTypeOf = (file: string): string => MEDIA_TYPES[extname(file)] ?? 'application/octet-stream';

async function build(root: string, outDir: string, base: string): Promise<void> {
  // Imported only for a build: the import takes longer than the rest of a start.
  const { build: viteBuild } = await import('vite');
  mkdirSync(outDir, { recursive: true });
  await viteBuild({
    root,
    base,
    configFile: false,
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
    plugins: [withoutUnused],
    // The same page, also where a test builds it.
    define: { 'process.env.NODE_ENV': '"production"' },
  });
}

/** Where a call begins that makes a schema. */
const MAKES_SCHEMA = /(?<![\w.])(?=(?:z\.[a-z]\w*(?:\.\w+)?|queryInteger|line|lineOrNone)\()/g;

/**
 * Leaves out what no page uses and a bundler cannot leave out: zod's conversion to JSON Schema, its texts of issues, and schemas, whose
 * making has no effect. They are a sixth of the shop's page. See https://rolldown.rs/apis/plugin-api.
 */
const withoutUnused = {
  name: 'without-unused',
  transform: (code: string, id: string): string | undefined => {
    if (/\/contracts\/.*\.ts$/.test(id)) return code.replaceAll(MAKES_SCHEMA, '/* @__PURE__ */ ');
    if (id.endsWith('/zod/v4/locales/en.js')) return 'export default () => ({});';
    if (!/\/zod\/v4\/core\/(?:to-json-schema|json-schema-processors)\.js$/.test(id)) return undefined;
    const names = [...code.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name);
    return names.map((name) => `export const ${name} = () => undefined;`).join('\n');
  },
};

function stampOf(sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of globSync([...sources], { cwd: PROJECT_ROOT }).toSorted())
    hash.update(`${file}\n`).update(readFileSync(join(PROJECT_ROOT, file)));
  return hash.digest('hex');
}

function keptStamp(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
