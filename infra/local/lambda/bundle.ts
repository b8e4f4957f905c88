import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, build, stop } from 'esbuild';
import { PROJECT_ROOT } from '../project-root.ts';
import type { FunctionDefinition } from '../template/resources/function.ts';

const OUT_DIR = join(PROJECT_ROOT, '.build');

/**
 * Bundles the functions' sources as SAM does, into .build/, and gives each function's module. Functions with the same
 * options share one run of esbuild, which then parses the SDK once and not once a function.
 *
 * @throws esbuild's BuildFailure naming file and line.
 */
export async function bundleFunctions(
  functions: readonly FunctionDefinition[],
): Promise<ReadonlyMap<string, string>> {
  const runs = Map.groupBy(functions, ({ build: { EntryPoints: _, ...options } }) => JSON.stringify(options));
  await mkdir(OUT_DIR, { recursive: true });
  const partialDir = await mkdtemp(join(OUT_DIR, 'partial-'));
  try {
    const modules = await Promise.all([...runs.values()].map((alike) => bundleAlike(alike, partialDir)));
    return new Map(modules.flat());
  } finally {
    await rm(partialDir, { recursive: true, force: true });
    // esbuild's process would stay, with all that it has parsed in memory.
    await stop();
  }
}

async function bundleAlike(
  functions: readonly FunctionDefinition[],
  partialDir: string,
): Promise<readonly (readonly [logicalId: string, module: string])[]> {
  const [first] = functions;
  if (first === undefined) return [];
  const options = buildOptions(first);
  const entryPoints = functions.map(({ entryPoint }) => join(PROJECT_ROOT, entryPoint));
  const { metafile } = await build({ ...options, entryPoints, outdir: partialDir, metafile: true });
  const outputs = Object.keys(metafile.outputs).map((file) => join(PROJECT_ROOT, file));
  await Promise.all(outputs.map((file) => moveInto(OUT_DIR, partialDir, file)));
  const extension = options.outExtension?.['.js'] ?? '.js';
  return functions.map(({ logicalId, entryPoint }) => [
    logicalId,
    join(OUT_DIR, entryPoint.replace(/\.\w+$/, extension)),
  ]);
}

/** See https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html. */
function buildOptions({ build: metadata }: FunctionDefinition): BuildOptions {
  return {
    absWorkingDir: PROJECT_ROOT,
    bundle: true,
    platform: 'node',
    logLevel: 'silent',
    outbase: PROJECT_ROOT,
    format: metadata.Format,
    target: metadata.Target,
    minify: metadata.Minify,
    sourcemap: metadata.Sourcemap,
    sourcesContent: metadata.SourcesContent,
    external: metadata.External,
    ...(metadata.TreeShaking === undefined ? {} : { treeShaking: metadata.TreeShaking }),
    ...(metadata.MainFields === undefined ? {} : { mainFields: metadata.MainFields.split(',') }),
    outExtension: assignments(metadata.OutExtension),
    banner: assignments(metadata.Banner),
  };
}

const assignments = (list: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    list.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)] as const),
  );

/** In one step, since another local system may be loading the file. */
async function moveInto(directory: string, partialDir: string, file: string): Promise<void> {
  const target = join(directory, relative(partialDir, file));
  await mkdir(dirname(target), { recursive: true });
  await rename(file, target);
}
