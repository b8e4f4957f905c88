import { expect, it } from 'vitest';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { orderItem } from '../../builders/values/items.ts';

const order = orderItem();
const reported = {
  entityType: 'Order',
  key: { pk: order.pk, sk: order.sk },
  eventId: `current-${order.version}`,
  sequenceNumber: '0',
  version: order.version,
  approximateCreationTime: undefined,
  newItem: order,
};

it('an item as it is now is a change into it, from nothing that is known', () => {
  expect(currentChange(order)).toStrictEqual({ ...reported, kind: 'MODIFY', oldItem: undefined });
});

it('an item that a pipeline has never seen is a first write', () => {
  expect(currentChange(order, 'INSERT')).toStrictEqual({ ...reported, kind: 'INSERT' });
});
