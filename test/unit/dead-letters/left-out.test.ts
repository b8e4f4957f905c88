import fc from 'fast-check';
import { describe, it } from 'vitest';
import { ENTITIES } from '../../../contracts/entities/entities.ts';
import { ConsumerName } from '../../../contracts/stream.ts';
import { compileEventPatterns } from '../../../infra/local/event-source-mapping/event-pattern.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { isFilteredOut } from '../../../pipelines/dead-letters/parse/records-to-replay.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';

const { mappings } = localPlan(readTemplate(), PLAN_PARAMETERS, 'http://127.0.0.1');
const MAPPINGS = { 'order-events': 'OrderEventsMapping', 'search-index': 'SearchIndexMapping' } as const;

const image = fc.record({
  pk: fc.constant({ S: 'P' }),
  entityType: fc.option(
    fc.constantFrom<object[]>(
      ...ENTITIES.map(({ key: { entityType } }) => ({ S: entityType })),
      { S: 'Voucher' },
      { N: '7' },
    ),
    { nil: undefined },
  ),
});
const record = fc
  .record({
    sk: fc.constantFrom(
      ...ENTITIES.map(({ key: { sk } }) => (sk.id === undefined ? sk.prefix : `${sk.prefix}1`)),
      'ROW-1',
    ),
    images: fc.oneof(
      fc.record({ NewImage: image }),
      fc.record({ OldImage: image }),
      fc.record({ NewImage: image, OldImage: image }),
    ),
  })
  .map(({ sk, images }) =>
    JSON.parse(JSON.stringify({ dynamodb: { Keys: { pk: { S: 'P' }, sk: { S: sk } }, ...images } })),
  );

describe.each(ConsumerName.options)('what the mapping of %s leaves out', (consumer) => {
  const mapping = mappings.find(({ logicalId }) => logicalId === MAPPINGS[consumer]);
  const passes = compileEventPatterns(mapping?.settings.filterPatterns ?? []);

  it('is what a replay leaves out of a shard', () => {
    fc.assert(fc.property(record, (one) => isFilteredOut(consumer, one) === !passes(one)));
  });
});
