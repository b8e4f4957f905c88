import type { ConsumerName } from '../../../contracts/stream.ts';
import { orderHandlerSettings } from '../../../handlers/environment.ts';
import { localPlan } from '../../../infra/local/template/local-plan.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../plan-parameters.ts';

/** How infra/template.yaml runs a consumer. */
export interface ConsumerSettings {
  readonly batchSize: number;
  /** The ParallelizationFactor. */
  readonly lanes: number;
  readonly memoryMb: number;
  readonly filterPatterns: readonly unknown[];
}

const LOGICAL_IDS: Readonly<Record<ConsumerName, string>> = {
  'order-events': 'OrderEvents',
  'search-index': 'SearchIndex',
};
const plan = localPlan(readTemplate(), PLAN_PARAMETERS, 'http://127.0.0.1');
const functionOf = (consumer: ConsumerName) =>
  plan.functions.find(({ logicalId }) => logicalId === `${LOGICAL_IDS[consumer]}Function`);

/** The settings of the handlers of orders that infra/template.yaml gives by default, with local names of the resources. */
export const DEFAULT_ORDER_HANDLER_SETTINGS = orderHandlerSettings(
  functionOf('order-events')?.environment ?? {},
);

/** @throws RangeError when the template does not have the consumer. */
export function consumerSettings(consumer: ConsumerName): ConsumerSettings {
  const id = LOGICAL_IDS[consumer];
  const settings = plan.mappings.find(({ logicalId }) => logicalId === `${id}Mapping`)?.settings;
  const memoryMb = functionOf(consumer)?.memoryMb;
  if (settings === undefined || memoryMb === undefined) throw new RangeError(`No ${id} in the template`);
  const { batchSize, parallelizationFactor: lanes, filterPatterns } = settings;
  return { batchSize, lanes, memoryMb, filterPatterns };
}
