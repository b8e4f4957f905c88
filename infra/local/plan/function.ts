import * as z from 'zod';
import type { FunctionConfiguration } from '../lambda/function-environment.ts';
import type { ReadResource } from './read-resource.ts';
import { type ScheduleDefinition, ScheduleEvent, toSchedule } from './schedule-event.ts';

const HttpApiEvent = z.object({
  Type: z.literal('HttpApi'),
  Properties: z.object({
    Method: z.string().toUpperCase(),
    Path: z.string().startsWith('/'),
    Auth: z
      .strictObject({
        Authorizer: z.string().optional(),
        AuthorizationScopes: z.array(z.string()).optional(),
      })
      .optional(),
  }),
});

/** A source file without its extension, and its export. */
const HANDLER = /^(.+)\.(\w+)$/;

const shape = {
  Handler: z.string().regex(HANDLER),
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
  'RolePath',
  'ReservedConcurrentExecutions',
  // There is one version here, the newest, and what it needs is kept as long as the system runs.
  'AutoPublishAlias',
  'AutoPublishAliasAllProperties',
  'VersionDescription',
  'ProvisionedConcurrencyConfig',
  'DeploymentPreference',
  'VpcConfig',
  // Nothing here invokes a function asynchronously but schedules, which log a run that fails.
  'EventInvokeConfig',
  'DeadLetterQueue',
  'EphemeralStorage',
  // Nothing here stops a function that sends to the queue that invokes it.
  'RecursiveLoop',
  'Tags',
];

/** One way into a function over HTTP. */
export interface RouteDefinition {
  readonly method: string;
  /** With its parameters in braces: `/users/{userId}`. */
  readonly path: string;
  /** Whether the API's authorizer is switched off for it. */
  readonly isPublic: boolean;
  /** Of these scopes a token must have one; `undefined` for those of the API. */
  readonly scopes: readonly string[] | undefined;
}

/** A function as it runs on this machine. */
export interface FunctionDefinition extends FunctionConfiguration {
  readonly arn: string;
  readonly routes: readonly RouteDefinition[];
  readonly schedules: readonly ScheduleDefinition[];
}

/** The source file, from the project's root, and the export that a Handler names. */
export function parseHandler(handler: string): Pick<FunctionDefinition, 'entryPoint' | 'exportName'> {
  const [, source = '', exportName = ''] = HANDLER.exec(handler) ?? [];
  return { entryPoint: `${source}.ts`, exportName };
}

/** @throws TemplateError for a malformed property; InvalidScheduleError for a schedule that is malformed. */
export const readFunction: ReadResource<FunctionDefinition> = ({ logicalId, local, properties }) => {
  const own = properties({ shape, ignored });
  const { entryPoint, exportName } = parseHandler(own.Handler);
  return {
    logicalId,
    name: local.name,
    arn: local.attributes['Arn'] ?? '',
    entryPoint,
    exportName,
    timeoutSeconds: own.Timeout,
    memoryMb: own.MemorySize,
    environment: own.Environment.Variables,
    routes: Object.values(own.Events).flatMap((event) => {
      if (event.Type !== 'HttpApi') return [];
      const { Method: method, Path: path, Auth } = event.Properties;
      return [{ method, path, isPublic: Auth?.Authorizer === 'NONE', scopes: Auth?.AuthorizationScopes }];
    }),
    schedules: Object.entries(own.Events).flatMap(([eventName, event]) =>
      event.Type === 'ScheduleV2' ? [toSchedule(eventName, event)] : [],
    ),
  };
};
