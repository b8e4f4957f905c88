import type { TableItem } from '../../contracts/entities/entities.ts';
import type { OrderItem } from '../../contracts/entities/order.ts';
import type { ChangeOf, StreamChange } from './stream-change.ts';

/** The sequence number of a change that is in no shard. */
const NO_PLACE = '0';

/**
 * The change that leads to the current state of an item, for a pipeline that missed the change in the stream. It has no old
 * image: a pipeline decides from state and version.
 *
 * @param kind INSERT for an item that a pipeline has never seen.
 */
export function currentChange<Item extends TableItem>(
  item: Item,
  kind: 'INSERT' | 'MODIFY' = 'MODIFY',
): Extract<StreamChange, { entityType: Item['entityType'] }> {
  const change = {
    entityType: item.entityType,
    kind,
    key: { pk: item.pk, sk: item.sk },
    eventId: `current-${item.version}`,
    sequenceNumber: NO_PLACE,
    version: item.version,
    approximateCreationTime: undefined,
    newItem: item,
    ...(kind === 'MODIFY' ? { oldItem: undefined } : {}),
  };
  // The item and its entity type belong together, which the compiler cannot follow through the union of all items.
  return change as unknown as Extract<StreamChange, { entityType: Item['entityType'] }>;
}

/** The change from one version of an order to its current state, for a reader that knows both. */
export const changeOfOrder = (oldItem: OrderItem, newItem: OrderItem): ChangeOf<'Order'> => ({
  ...currentChange(newItem),
  kind: 'MODIFY',
  ...{ newItem, oldItem },
});
