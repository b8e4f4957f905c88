import { hash } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build, stop } from 'esbuild';
import { makeOwnFolder } from '../parts/scratch-folder.ts';
import { PROJECT_ROOT } from '../project-root.ts';
import type { FunctionDefinition } from '../template/resources/function.ts';
import { areUnchangedSince, digestOf, isUpToDate, writeStamp } from './build-stamp.ts';
import { type EsbuildOptions, esbuildOptions } from './esbuild-options.ts';

/** What decides, besides the sources, which files an import means and how esbuild reads them. */
const PROJECT_FILES = ['package.json', 'tsconfig.json', 'node_modules/.package-lock.json'];

/**
 * Bundles the functions' sources as SAM does, into the project's .build/, and gives each function's module. Functions with the
 * same options share one run of esbuild, which then parses the SDK once and not once a function; it still links each function
 * by itself, so a run that would make again what is there is left out.
 *
 * @throws esbuild's BuildFailure naming file and line.
 */
export async function bundleFunctions(
  functions: readonly FunctionDefinition[],
  projectRoot: string = PROJECT_ROOT,
): Promise<ReadonlyMap<string, string>> {
  const runs = Map.groupBy(functions, ({ build: { EntryPoints: _, ...options } }) => JSON.stringify(options));
  await mkdir(join(projectRoot, '.build'), { recursive: true });
  try {
    const modules = await Promise.all([...runs.values()].map((alike) => bundleAlike(alike, projectRoot)));
    return new Map(modules.flat());
  } finally {
    // esbuild's process would stay, with all that it has parsed in memory.
    await stop();
  }
}

async function bundleAlike(
  functions: readonly FunctionDefinition[],
  projectRoot: string,
): Promise<readonly (readonly [logicalId: string, module: string])[]> {
  const [first] = functions;
  if (first === undefined) return [];
  const outDir = join(projectRoot, '.build');
  const options = {
    ...esbuildOptions(first, projectRoot),
    entryPoints: functions.map(({ entryPoint }) => join(projectRoot, entryPoint)),
  };
  const stampFile = join(outDir, `${hash('sha256', JSON.stringify(options))}.stamp`);
  if (!(await isUpToDate(stampFile))) await runEsbuild(options, outDir, stampFile);
  const extension = options.outExtension?.['.js'] ?? '.js';
  return functions.map(({ logicalId, entryPoint }) => [
    logicalId,
    join(outDir, entryPoint.replace(/\.\w+$/, extension)),
  ]);
}

async function runEsbuild(options: EsbuildOptions, outDir: string, stampFile: string): Promise<void> {
  const inProject = (file: string): string => join(options.absWorkingDir, file);
  const partialDir = makeOwnFolder(outDir, 'partial-');
  try {
    const { ctimeMs: startedMs } = await stat(partialDir);
    const { metafile } = await build({ ...options, outdir: partialDir, metafile: true });
    const inputs = [...PROJECT_FILES, ...Object.keys(metafile.inputs)].map(inProject);
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
