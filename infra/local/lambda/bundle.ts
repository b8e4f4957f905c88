import { hash } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type Plugin, stop } from 'esbuild';
import { PROJECT_ROOT } from '../machine/project-root.ts';
import { makeOwnFolder } from '../machine/scratch-folder.ts';
import { areUnchangedSince, digestOf, isUpToDate, writeStamp } from './build-stamp.ts';
import type { FunctionConfiguration } from './function-environment.ts';

/** What decides, besides the sources, which files an import means and how esbuild reads them. */
const PROJECT_FILES = ['package.json', 'tsconfig.json', 'node_modules/.package-lock.json'];

const BUILTINS = 'builtin';

/**
 * Imports Node's own modules by `require`. To import one as an ES module reads each of its members: those of `node:http` load undici, those of
 * `node:process` open the standard streams. A function uses neither. See `syncExports` in
 * https://github.com/nodejs/node/blob/v24.x/lib/internal/bootstrap/realm.js.
 */
const BUILTINS_BY_REQUIRE: Plugin = {
  name: 'builtins by require',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'require-call' ? undefined : { path, namespace: BUILTINS },
    );
    onLoad({ filter: /^/, namespace: BUILTINS }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * Has the SDK read no configuration files. A function has none: its configuration is the environment's and the clients' own. For some settings, such as
 * the endpoint, the SDK would look for the files in the first request.
 * See https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html.
 */
const NO_CONFIGURATION_FILES: Plugin = {
  name: 'no configuration files',
  setup: ({ onLoad }) => {
    onLoad({ filter: /@smithy[\\/]core[\\/].*[\\/]loadSharedConfigFiles\.js$/ }, () => ({
      contents: `
        export { CONFIG_PREFIX_SEPARATOR } from './constants';
        export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
    }));
  },
};

/** What a build has in place of packages, and of how they are imported. */
type Replacements = Pick<BuildOptions, 'alias' | 'plugins'>;

/**
 * Lambda gives credentials by the environment alone, and the local system does too. The other sources of the SDK's chain, with the clients that
 * they need, would be a large part of a function's bundle, and keep unused parts of the SDK in it: they are imported on demand.
 * See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime.
 */
const REPLACEMENTS: Replacements = {
  alias: { '@aws-sdk/credential-provider-node': 'handlers/environment-credentials.ts' },
  plugins: [BUILTINS_BY_REQUIRE, NO_CONFIGURATION_FILES],
};

/** What every function is bundled with, on this machine and for AWS. See https://esbuild.github.io/api/. */
const OPTIONS = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  target: 'es2024',
  // The SDK's ES modules: its CommonJS builds cannot be shaken.
  mainFields: ['module', 'main'],
  minify: true,
  treeShaking: true,
  // A map names the sources and does not hold them, or it would be four times its bundle.
  sourcemap: true,
  sourcesContent: false,
  // For the packages that are CommonJS, and for Node's own modules.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** The part of a function that a build needs. */
export type BundledFunction = Pick<FunctionConfiguration, 'logicalId' | 'entryPoint'>;

/** The folder of a function's bundle, from the project's root: the CodeUri that the template gives it. */
export const codeFolder = (entryPoint: string): string =>
  join('.build', 'functions', basename(entryPoint, '.ts'));

const modulePath = (entryPoint: string): string =>
  join(codeFolder(entryPoint), entryPoint.replace(/\.ts$/, '.mjs'));

/**
 * Bundles the functions' sources, each into its {@link codeFolder} at the path that its Handler names, and returns each function's module.
 * All share one run of esbuild, which parses the SDK once. A run is left out that would make again what is there.
 *
 * @param replacements The modules of ours, from the project's root, that replace packages, and the plugins.
 * @throws esbuild's BuildFailure naming file and line.
 */
export async function bundleFunctions(
  functions: readonly BundledFunction[],
  projectRoot: string = PROJECT_ROOT,
  { alias = {}, plugins = [] }: Replacements = REPLACEMENTS,
): Promise<ReadonlyMap<string, string>> {
  const outDir = join(projectRoot, '.build');
  await mkdir(outDir, { recursive: true });
  const entryPoints = functions.map(({ entryPoint }) => ({
    in: join(projectRoot, entryPoint),
    out: relative('.build', modulePath(entryPoint)).replace(/\.mjs$/, ''),
  }));
  const files = Object.fromEntries(
    Object.entries(alias).map(([name, file]) => [name, join(projectRoot, file)]),
  );
  const options = { ...OPTIONS, alias: files, plugins, absWorkingDir: projectRoot, entryPoints };
  const stampFile = join(outDir, `${hash('sha256', JSON.stringify(options))}.stamp`);
  try {
    if (!(await isUpToDate(stampFile))) await runEsbuild(options, outDir, stampFile);
  } finally {
    // esbuild's process would stay, with all that it has parsed in memory.
    await stop();
  }
  return new Map(
    functions.map(({ logicalId, entryPoint }) => [logicalId, join(projectRoot, modulePath(entryPoint))]),
  );
}

async function runEsbuild(
  options: BuildOptions & { readonly absWorkingDir: string },
  outDir: string,
  stampFile: string,
): Promise<void> {
  const inProject = (file: string): string => join(options.absWorkingDir, file);
  const partialDir = makeOwnFolder(outDir, 'partial-');
  try {
    const { ctimeMs: startedMs } = await stat(partialDir);
    const { metafile } = await build({ ...options, outdir: partialDir, metafile: true });
    const sources = Object.keys(metafile.inputs).filter((file) => !file.startsWith(`${BUILTINS}:`));
    const inputs = [...[...PROJECT_FILES, ...sources].map(inProject), import.meta.filename];
    const made = Object.keys(metafile.outputs).map(inProject);
    const digest = await digestOf([...inputs, ...made]);
    const outputs = await Promise.all(made.map((file) => moveInto(outDir, partialDir, file)));
    // What was changed in the meantime may have been read before that.
    if (await areUnchangedSince(startedMs, inputs))
      await writeStamp(stampFile, { files: [...inputs, ...outputs], digest });
  } finally {
    await rm(partialDir, { recursive: true, force: true });
  }
}

/** In one step, since another local system may be loading the file. */
async function moveInto(directory: string, partialDir: string, file: string): Promise<string> {
  const target = join(directory, relative(partialDir, file));
  await mkdir(dirname(target), { recursive: true });
  await rename(file, target);
  return target;
}
