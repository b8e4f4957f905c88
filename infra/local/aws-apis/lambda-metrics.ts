import type { InvocationResult } from '../lambda/invocation-result.ts';
import type { MetricStore } from './metric-store.ts';

const NAMESPACE = 'AWS/Lambda';

/**
 * Records `Invocations`, `Errors` and `Throttles` of a function. A throttled request is no invocation.
 * See https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html.
 */
export function noteInvocation(
  metrics: MetricStore,
  functionName: string,
  outcome: InvocationResult['outcome'],
): void {
  const note = (name: string, value: number): void =>
    metrics.record({ namespace: NAMESPACE, name, dimensions: { FunctionName: functionName } }, value);
  note('Throttles', outcome === 'throttled' ? 1 : 0);
  if (outcome === 'throttled') return;
  note('Invocations', 1);
  note('Errors', outcome === 'function-error' ? 1 : 0);
}

/** Records `PolledEventCount` of a mapping: a record that it has read, before the filters. */
export function notePolledEvent(metrics: MetricStore, mappingId: string): void {
  metrics.record(
    { namespace: NAMESPACE, name: 'PolledEventCount', dimensions: { EventSourceMappingUUID: mappingId } },
    1,
  );
}

/** Records `IteratorAge`: the age of a batch's last record, in milliseconds. */
export function noteIteratorAge(metrics: MetricStore, functionName: string, ageMs: number): void {
  metrics.record(
    { namespace: NAMESPACE, name: 'IteratorAge', dimensions: { FunctionName: functionName } },
    ageMs,
  );
}
