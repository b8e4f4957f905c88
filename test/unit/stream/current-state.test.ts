import { expect, it } from 'vitest';
import { presentChange } from '../../../pipelines/stream/current-state.ts';
import { orderItem } from '../../builders/values/items.ts';

const order = orderItem();
const told = {
  entityType: 'Order',
  key: { pk: order.pk, sk: order.sk },
  eventId: `present-${order.version}`,
  sequenceNumber: '0',
  version: order.version,
  approximateCreationTime: undefined,
  newItem: order,
};

it('an item as it is now is a change into it, from nothing that is known', () => {
  expect(presentChange(order)).toStrictEqual({ ...told, kind: 'MODIFY', oldItem: undefined });
});

it('an item that a pipeline has never seen is a first write', () => {
  expect(presentChange(order, 'INSERT')).toStrictEqual({ ...told, kind: 'INSERT' });
});
