import type { DeliveryDependencies } from '../../../infra/local/event-source-mapping/batch-delivery.ts';
import type { EventSourceMappingSettings } from '../../../infra/local/event-source-mapping/settings.ts';
import { DEFAULT_TUNING } from '../../../infra/local/event-source-mapping/settings.ts';
import { aMapping, type Respond, recorded, success } from './event-source-mapping.ts';

/** What the delivery of batches takes from outside, on a clock that advances by the sleeps, and its outcome. */
export function aDelivery(
  settings: Partial<EventSourceMappingSettings> = {},
  respond: Respond = () => success(),
  overrides: Partial<DeliveryDependencies> = {},
) {
  const { deps, ...kept } = recorded(respond);
  const all: DeliveryDependencies = {
    settings: aMapping(settings),
    tuning: DEFAULT_TUNING,
    onBatchSent: () => undefined,
    random: () => 1,
    newId: () => 'an-id',
    ...deps,
    ...overrides,
  };
  return { ...kept, deps: all };
}
