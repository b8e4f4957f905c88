import type { BuildOptions } from 'esbuild';
import type { FunctionDefinition } from '../template/resources/function.ts';

/** esbuild's options, with the folder that its paths begin at. */
export type EsbuildOptions = BuildOptions & { readonly absWorkingDir: string };

/** What SAM's builder has esbuild do for the function. See https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html. */
export function esbuildOptions({ build: metadata }: FunctionDefinition, projectRoot: string): EsbuildOptions {
  return {
    absWorkingDir: projectRoot,
    bundle: true,
    platform: 'node',
    logLevel: 'silent',
    outbase: projectRoot,
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
