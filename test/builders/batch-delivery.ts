import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { DeliveryDependencies } from '../../infra/local/event-source-mapping/batch-delivery.ts';
import type { OnFailureRecord } from '../../infra/local/event-source-mapping/on-failure-record.ts';
import type { EventSourceMappingSettings } from '../../infra/local/event-source-mapping/settings.ts';
import { DEFAULT_TUNING } from '../../infra/local/event-source-mapping/tuning.ts';
import { type Answer, aMapping, KeptLog, SleptClock, sequencesOf, success } from './event-source-mapping.ts';

/** What the delivery of batches takes from outside, on a clock that is slept by, and what came of it. */
export function aDelivery(
  settings: Partial<EventSourceMappingSettings> = {},
  answer: Answer = () => success(),
  overrides: Partial<DeliveryDependencies> = {},
) {
  const clock = new SleptClock();
  const log = new KeptLog();
  const events: DynamoDBStreamEvent[] = [];
  const failures: OnFailureRecord[] = [];
  const deps: DeliveryDependencies = {
    settings: aMapping(settings),
    tuning: DEFAULT_TUNING,
    invoke: async (event) => {
      events.push(event);
      return answer(event, events.length);
    },
    onFailure: async (failure) => {
      failures.push(failure);
    },
    clock,
    sleep: clock.sleep,
    random: () => 1,
    newId: () => 'an-id',
    log,
    ...overrides,
  };
  return { deps, clock, log, failures, batches: () => events.map(sequencesOf) };
}
