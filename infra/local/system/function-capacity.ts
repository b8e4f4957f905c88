import type { FunctionCapacity } from '../lambda/local-function.ts';
import type { FunctionDefinition } from '../plan/function.ts';
import type { LocalPlan } from '../plan/local-plan.ts';

/** As many as the smallest machine has cores. A further worker needs memory, and makes nothing faster. */
const API_CONCURRENCY_MAX = 2;
const API_WAITING_MAX = 200;
/** DynamoDB Local has one open shard for each table. A second one follows when it closes. */
const SHARDS_AT_ONCE = 2;

/**
 * How many concurrent invocations a function allows: one for each concurrent batch of its mappings, and one for each of its schedules,
 * whose runs do not overlap. A function of the API, or one without mappings and schedules, allows a few.
 */
export function functionCapacity(
  { name, routes, schedules }: Pick<FunctionDefinition, 'name' | 'routes' | 'schedules'>,
  { mappings, queueMappings }: Pick<LocalPlan, 'mappings' | 'queueMappings'>,
): FunctionCapacity {
  const isItsOwn = (mapping: { readonly functionName: string }): boolean => mapping.functionName === name;
  const batches = [
    ...mappings.filter(isItsOwn).map(({ settings }) => settings.parallelizationFactor * SHARDS_AT_ONCE),
    ...queueMappings.filter(isItsOwn).map(({ settings }) => settings.maximumConcurrency),
  ].reduce((sum, each) => sum + each, 0);
  if (batches > 0) return { concurrencyMax: batches + schedules.length, waitingMax: batches };
  const isOnlyScheduled = routes.length === 0 && schedules.length > 0;
  return { concurrencyMax: isOnlyScheduled ? 1 : API_CONCURRENCY_MAX, waitingMax: API_WAITING_MAX };
}
