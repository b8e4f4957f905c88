import type { ConsumerName } from '../../../contracts/stream.ts';
import { settings } from '../../../handlers/environment.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { replaySettings } from '../../../pipelines/dead-letters/replay/replay-consumers.ts';
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

/** The environment that infra/template.yaml gives to a function by default, with local names of the resources. */
export const environmentOf = (logicalId: string): Readonly<Record<string, string>> => ({
  ...plan.functions.find((one) => one.logicalId === logicalId)?.environment,
});

/** The settings of the handlers of orders that infra/template.yaml gives by default. */
export const DEFAULT_ORDER_HANDLER_SETTINGS = settings(replaySettings, environmentOf('OrderEventsFunction'));

/** Every queue of infra/template.yaml, under its local name. */
export const QUEUE_URLS = plan.queues.map(({ url }) => url);

/** @throws RangeError when the template does not have the consumer. */
export function consumerSettings(consumer: ConsumerName): ConsumerSettings {
  const id = LOGICAL_IDS[consumer];
  const settings = plan.mappings.find(({ logicalId }) => logicalId === `${id}Mapping`)?.settings;
  const memoryMb = plan.functions.find(({ logicalId }) => logicalId === `${id}Function`)?.memoryMb;
  if (settings === undefined || memoryMb === undefined) throw new RangeError(`No ${id} in the template`);
  const { batchSize, parallelizationFactor: lanes, filterPatterns } = settings;
  return { batchSize, lanes, memoryMb, filterPatterns };
}
