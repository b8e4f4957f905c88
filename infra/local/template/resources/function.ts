import * as z from 'zod';
import { read } from '../../../../contracts/reading.ts';
import { TemplateError } from '../template-error.ts';
import type { ReadResource } from './read-resource.ts';
import { type ScheduleDefinition, ScheduleEvent, toSchedule } from './schedule-event.ts';

/** esbuild's options, as SAM's builder takes them. See https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html. */
const BuildProperties = z.strictObject({
  Format: z.enum(['esm', 'cjs']),
  OutExtension: z.array(z.string().regex(/^\.\w+=\.\w+$/)).default([]),
  Target: z.string(),
  MainFields: z.string().optional(),
  Minify: z.boolean().default(false),
  Sourcemap: z.boolean().default(false),
  /** Text, since SAM hands esbuild no boolean that is false. */
  SourcesContent: z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true'),
  TreeShaking: z.boolean().optional(),
  External: z.array(z.string()).default([]),
  Banner: z.array(z.string()).default([]),
  EntryPoints: z.tuple([z.string()]),
});
const Metadata = z.looseObject({ BuildMethod: z.literal('esbuild'), BuildProperties });

const HttpApiEvent = z.object({
  Type: z.literal('HttpApi'),
  Properties: z.object({ Method: z.string().toUpperCase(), Path: z.string().startsWith('/') }),
});

const shape = {
  Handler: z.string().regex(/\.\w+$/),
  Runtime: z.string().startsWith('nodejs'),
  Timeout: z.coerce.number().int().min(1).max(900),
  MemorySize: z.coerce.number().int().min(128).max(10_240),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()) }),
  Events: z.record(z.string(), z.discriminatedUnion('Type', [HttpApiEvent, ScheduleEvent])).default({}),
};
const ignored = [
  'FunctionName',
  'Description',
  'CodeUri',
  'Architectures',
  'Tracing',
  'LoggingConfig',
  'Policies',
  'Role',
  'ReservedConcurrentExecutions',
  // There is one version here, the newest, and what it needs is kept as long as the system runs.
  'AutoPublishAlias',
  'AutoPublishAliasAllProperties',
  'VersionDescription',
  'ProvisionedConcurrencyConfig',
  // Nothing here invokes a function asynchronously but schedules, which log a run that fails.
  'EventInvokeConfig',
  'DeadLetterQueue',
  'EphemeralStorage',
  'Tags',
];

/** One way into a function over HTTP. */
export interface RouteDefinition {
  readonly method: string;
  /** With its parameters in braces: `/users/{userId}`. */
  readonly path: string;
}

/** A function as it runs on this machine. */
export interface FunctionDefinition {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly build: z.infer<typeof BuildProperties>;
  /** The source file, from the project's root. */
  readonly entryPoint: string;
  readonly exportName: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly routes: readonly RouteDefinition[];
  readonly schedules: readonly ScheduleDefinition[];
}

/** @throws TemplateError when the function is not built by esbuild; InvalidScheduleError for a schedule that is malformed. */
export const readFunction: ReadResource<FunctionDefinition> = ({
  logicalId,
  local,
  resource,
  properties,
}) => {
  const metadata = read(Metadata, resource.Metadata);
  if (!metadata.success)
    throw new TemplateError(`${logicalId} is not built by esbuild:\n${z.prettifyError(metadata.error)}`);
  const own = properties({ shape, ignored });
  const { BuildProperties: build } = metadata.data;
  return {
    logicalId,
    name: local.name,
    arn: local.attributes['Arn'] ?? '',
    build,
    entryPoint: build.EntryPoints[0],
    exportName: own.Handler.slice(own.Handler.lastIndexOf('.') + 1),
    timeoutSeconds: own.Timeout,
    memoryMb: own.MemorySize,
    environment: own.Environment.Variables,
    routes: Object.values(own.Events).flatMap((event) =>
      event.Type === 'HttpApi' ? [{ method: event.Properties.Method, path: event.Properties.Path }] : [],
    ),
    schedules: Object.entries(own.Events).flatMap(([eventName, event]) =>
      event.Type === 'ScheduleV2' ? [toSchedule(eventName, event)] : [],
    ),
  };
};

/** What Globals.Function adds to a function's own properties: SAM merges maps and lets the function's values win. */
export function withGlobals(
  globals: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...globals };
  for (const [name, value] of Object.entries(own)) {
    const inherited = merged[name];
    merged[name] = isMap(inherited) && isMap(value) ? withGlobals(inherited, value) : value;
  }
  return merged;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
