import type { FunctionCapacity } from '../lambda/local-function.ts';
import type { LocalPlan } from '../template/local-plan.ts';
import type { FunctionDefinition } from '../template/resources/function.ts';

/** As many as the smallest machine has cores: each more is 60 MB and no faster. */
const API_CONCURRENCY_MAX = 2;
const API_WAITING_MAX = 200;
/** DynamoDB Local has one open shard a table; a second one takes over when it is closed. */
const SHARDS_AT_ONCE = 2;

/**
 * How many invocations a function takes at once: one for each batch that its mappings may have under way and for each of
 * its schedules, whose runs do not overlap; a function that has neither, or answers the API, takes a few.
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
