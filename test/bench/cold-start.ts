import { fork } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { bundleFunctions } from '../../infra/local/lambda/bundle.ts';
import { functionEnvironment } from '../../infra/local/lambda/function-environment.ts';
import { PROJECT_ROOT } from '../../infra/local/machine/project-root.ts';
import type { FunctionDefinition } from '../../infra/local/plan/function.ts';
import { localPlan } from '../../infra/local/plan/local-plan.ts';
import { readTemplate } from '../../infra/local/template/template.ts';
import { apiEvent } from '../builders/api-event.ts';
import { PLAN_PARAMETERS } from '../builders/plan-parameters.ts';
import { FIRST_REQUESTS } from './cold-start/first-requests.ts';
import { startTableStub } from './cold-start/table-stub.ts';
import { median, quantile } from './statistics.ts';

/** How many pairs of starts are measured of each function. The third quartile of 15 differed by a tenth from run to run. */
const PAIRS = 31;
/** How many pairs before those are thrown away: they bring the files into memory. */
const WARM_UPS = 1;
const TIMEOUT_MS = 30_000;
/** A plain handler has the SDK's complete chain of credentials, and imports Node's modules as ES modules, as by any bundler. */
const THE_SDK_AS_IT_IS = {};
const PROGRAM = fileURLToPath(new URL('cold-start/first-call.mjs', import.meta.url));

/** What is written by hand in cold-start/plain for the same routes: of the table unless the function has other clients too. */
const PLAIN_HANDLERS: Readonly<Record<string, string>> = {
  UsersFunction: 'users',
  SearchFunction: 'search',
  OperatorsFunction: 'operators',
};
const plainName = ({ logicalId }: FunctionDefinition): string => PLAIN_HANDLERS[logicalId] ?? 'table';
const replacedName = (definition: FunctionDefinition): string => `replaced/${plainName(definition)}`;

/** Two sides in milliseconds, medians, and their ratio with the quartiles of the pairs' ratios. */
export interface Compared {
  readonly ours: number;
  readonly plain: number;
  readonly ratio: number;
  readonly quartiles: readonly [low: number, high: number];
}

/** A function of the API beside a plain handler. */
export interface ColdStart {
  readonly logicalId: string;
  readonly bundleBytes: { readonly ours: number; readonly plain: number };
  /** From the import of the module until it is there with its clients: what Lambda does before it takes a request. */
  readonly init: Compared;
  /** The processor's time in it, which other work on the machine changes less. */
  readonly initCpu: Compared;
  /** The same and the first call up to its response; absent where no first request is known. */
  readonly answered: Compared | undefined;
  /** The processor's time in both. */
  readonly answeredCpu: Compared | undefined;
  /** The processor's time in init beside the plain handler with our build's replacements of packages. */
  readonly initCpuReplaced: Compared;
}

const Run = z.object({
  initMs: z.number(),
  initCpuMs: z.number(),
  firstCallMs: z.number(),
  firstCallCpuMs: z.number(),
  statusCode: z.number().optional(),
});
type Run = z.infer<typeof Run>;

/** One of the sides: a module, and what its process is given. */
interface Side {
  readonly modulePath: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly event: string | undefined;
}

type Sides = readonly [ours: Side, plain: Side, replaced: Side];

/**
 * Starts each function that has a route in processes of their own, in turn with a plain SDK handler of the same routes that is run
 * alike and bundled by the same options, with the SDK as it is, and with that handler bundled with our build's replacements. DynamoDB is a
 * stub that responds at once, so that what is measured is the functions' own.
 */
export async function measureColdStart(pairs = PAIRS, warmUps = WARM_UPS): Promise<readonly ColdStart[]> {
  await using table = await startTableStub();
  const { endpoint } = table;
  const endpoints = {
    dynamoDb: endpoint,
    messaging: endpoint,
    openSearch: endpoint,
    mail: endpoint,
    api: endpoint,
    awsApis: endpoint,
  };
  const plan = localPlan(readTemplate(), { ...PLAN_PARAMETERS, OpenSearchEndpoint: endpoint }, endpoint);
  const functions = plan.functions.filter(({ routes }) => routes.length > 0);
  const plain = functions.map((definition) => plainDefinition(definition, plainName(definition)));
  const replaced = functions.map((definition) => plainDefinition(definition, replacedName(definition)));
  const modules = new Map([
    ...(await bundleFunctions([...functions, ...replaced])),
    ...(await bundleFunctions(plain, PROJECT_ROOT, THE_SDK_AS_IT_IS)),
  ]);
  const measured: ColdStart[] = [];
  for (const definition of functions) {
    const environment = functionEnvironment(definition, endpoints, new Map());
    const event = firstEvent(definition);
    const side = (logicalId: string): Side => ({
      modulePath: modules.get(logicalId) ?? '',
      environment,
      event,
    });
    const { logicalId } = definition;
    const sides = [side(logicalId), side(plainName(definition)), side(replacedName(definition))] as const;
    measured.push(await compare(logicalId, [warmUps, pairs], sides));
  }
  return measured;
}

function plainDefinition(definition: FunctionDefinition, name: string): FunctionDefinition {
  return { ...definition, logicalId: name, entryPoint: `test/bench/cold-start/plain/${name}.ts` };
}

/** The first of the function's routes that has a request, for both sides. */
function firstEvent({ routes }: FunctionDefinition): string | undefined {
  for (const { method, path } of routes) {
    const routeKey = `${method} ${path}`;
    const request = FIRST_REQUESTS[routeKey];
    if (request !== undefined) return JSON.stringify(apiEvent({ routeKey, ...request }));
  }
  return undefined;
}

async function compare(
  logicalId: string,
  [warmUps, pairs]: readonly [warmUps: number, pairs: number],
  [ours, plain, replaced]: Sides,
): Promise<ColdStart> {
  const runs: (readonly [ours: Run, plain: Run, replaced: Run])[] = [];
  for (let pair = 0; pair < warmUps + pairs; pair += 1)
    runs.push([await start(ours), await start(plain), await start(replaced)]);
  const counted = runs.slice(warmUps);
  const besidePlain = counted.map(([a, b]): Pair => [a, b]);
  const besideReplaced = counted.map(([a, , c]): Pair => [a, c]);
  const ifCalled = (value: (run: Run) => number): Compared | undefined =>
    ours.event === undefined ? undefined : compared(besidePlain, value);
  return {
    logicalId,
    bundleBytes: { ours: await bytesOf(ours), plain: await bytesOf(plain) },
    init: compared(besidePlain, ({ initMs }) => initMs),
    initCpu: compared(besidePlain, ({ initCpuMs }) => initCpuMs),
    answered: ifCalled(({ initMs, firstCallMs }) => initMs + firstCallMs),
    answeredCpu: ifCalled(({ initCpuMs, firstCallCpuMs }) => initCpuMs + firstCallCpuMs),
    initCpuReplaced: compared(besideReplaced, ({ initCpuMs }) => initCpuMs),
  };
}

const bytesOf = async ({ modulePath }: Side): Promise<number> => (await stat(modulePath)).size;

async function start({ modulePath, environment, event }: Side): Promise<Run> {
  const child = fork(PROGRAM, [modulePath, ...(event === undefined ? [] : [event])], {
    env: environment,
    execArgv: [],
    // What a function writes is its log.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    timeout: TIMEOUT_MS,
  });
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  const [exitCode] = await once(child, 'close');
  if (messages.length === 0) throw new RangeError(`${modulePath} ended with ${exitCode} before its result`);
  const run = Run.parse(messages[0]);
  if (run.statusCode !== undefined && run.statusCode >= 300)
    throw new RangeError(`${modulePath} responded to its first call with ${run.statusCode}`);
  return run;
}

type Pair = readonly [ours: Run, plain: Run];

function compared(pairs: readonly Pair[], value: (run: Run) => number): Compared {
  const ours = median(pairs.map(([run]) => value(run)));
  const plain = median(pairs.map(([, run]) => value(run)));
  const ratios = pairs.map(([a, b]) => value(a) / value(b));
  return { ours, plain, ratio: ours / plain, quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)] };
}
