import type { LocalSystem } from '../../infra/local/system/local-system.ts';

/** The mapping's shards, as far as they are known. */
export const shardsOf = (system: LocalSystem, mapping: string) =>
  system.mappings.get(mapping)?.status() ?? [];

/** Whether the mapping's function is running now. */
export const isInvoking = (system: LocalSystem, mapping: string): boolean =>
  shardsOf(system, mapping).some(({ invocationsInProgress }) => invocationsInProgress > 0);

/** How many invocations of the mapping's function ended in the middle, by the system's log. */
export const cutInvocations = (log: readonly string[], mapping: string): number =>
  log.filter((line) => line.includes(mapping) && line.includes('Runtime.ExitError')).length;
