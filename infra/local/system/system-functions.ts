import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { bundleFunctions } from '../lambda/bundle.ts';
import type { SecretValues } from '../lambda/function-environment.ts';
import { functionEnvironment, type ServiceEndpoints } from '../lambda/function-environment.ts';
import { LocalFunction } from '../lambda/local-function.ts';
import type { LocalPlan } from '../plan/local-plan.ts';
import { functionCapacity } from './function-capacity.ts';
import type { SystemLog } from './system-log.ts';

/** Bundles the plan's functions. @returns the functions by logical id, ready to invoke. */
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
      return [logicalId, new LocalFunction(runtime, functionCapacity(definition, plan))] as const;
    }),
  );
}
