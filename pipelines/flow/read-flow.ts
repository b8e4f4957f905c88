import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { FlowView } from '../../contracts/api/flow.ts';
import { ConsumerName } from '../../contracts/stream.ts';
import type { Clock } from '../core/clock.ts';
import { handledRecords } from './handled-records.ts';
import { iteratorAges } from './iterator-ages.ts';

export interface ReadFlowDeps {
  readonly cloudWatch: CloudWatchClient;
  /** The dimension `service` of this system's metrics. */
  readonly service: string;
  /** The name of each consumer's function. */
  readonly functions: Readonly<Record<ConsumerName, string>>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Tells what flows through the consumers and how far behind they are, a minute or two late. @throws the SDK's own errors. */
export async function readFlow({ cloudWatch, service, functions, clock }: ReadFlowDeps): Promise<FlowView> {
  const now = clock.now();
  const [lags, flow] = await Promise.all([
    iteratorAges(cloudWatch, functions, now),
    handledRecords(cloudWatch, service, ConsumerName.options, now),
  ]);
  return { lags: [...lags], ...flow };
}
