import { bundleFunctions } from '../lambda/bundle.ts';
import { functionEnvironment, type ServiceEndpoints } from '../lambda/function-environment.ts';
import { type FunctionCapacity, LocalFunction } from '../lambda/local-function.ts';
import type { LocalPlan } from '../template/local-plan.ts';
import type { SecretValues } from './secret-values.ts';
import type { SystemLog } from './system-log.ts';

const MS_PER_SECOND = 1_000;
/** As many as the smallest machine has cores: each more is 60 MB and no faster. */
const API_CONCURRENCY_MAX = 2;
const API_WAITING_MAX = 200;
/** DynamoDB Local has one open shard a table; a second one takes over when it is closed. */
const SHARDS_AT_ONCE = 2;

/** Bundles the plan's functions and makes them callable, by logical id. */
export async function systemFunctions(
  plan: LocalPlan,
  endpoints: ServiceEndpoints,
  secrets: SecretValues,
  log: SystemLog,
): Promise<ReadonlyMap<string, LocalFunction>> {
  const modules = await bundleFunctions(plan.functions);
  return new Map(
    plan.functions.map((definition) => {
      const { logicalId, name, arn, exportName, memoryMb, timeoutSeconds } = definition;
      const runtime = {
        modulePath: modules.get(logicalId) ?? '',
        exportName,
        functionName: name,
        functionArn: arn,
        memoryMb,
        timeoutMs: timeoutSeconds * MS_PER_SECOND,
        environment: functionEnvironment(definition, endpoints, secrets),
        log: (line: string) => log(logicalId, line),
      };
      return [logicalId, new LocalFunction(runtime, capacityOf(plan, name))] as const;
    }),
  );
}

/** A function gets a worker for each batch that its mappings may have under way; one without mappings a few. */
function capacityOf({ mappings, queueMappings }: LocalPlan, functionName: string): FunctionCapacity {
  const isItsOwn = (mapping: { readonly functionName: string }): boolean =>
    mapping.functionName === functionName;
  const lanes = [
    ...mappings.filter(isItsOwn).map(({ settings }) => settings.parallelizationFactor * SHARDS_AT_ONCE),
    ...queueMappings.filter(isItsOwn).map(({ settings }) => settings.maximumConcurrency),
  ].reduce((sum, each) => sum + each, 0);
  return lanes === 0
    ? { concurrencyMax: API_CONCURRENCY_MAX, waitingMax: API_WAITING_MAX }
    : { concurrencyMax: lanes, waitingMax: lanes };
}
