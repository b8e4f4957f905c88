import type { TableItem } from '../../contracts/entities/entities.ts';
import type { StreamChange } from './stream-change.ts';

/** A place in no shard. */
const NO_PLACE = '0';

/**
 * The change that brings an item to where it is now, for whoever missed the one that the stream had. What was before is not
 * told: a pipeline decides from state and version.
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
    eventId: `present-${item.version}`,
    sequenceNumber: NO_PLACE,
    version: item.version,
    approximateCreationTime: undefined,
    newItem: item,
    ...(kind === 'MODIFY' ? { oldItem: undefined } : {}),
  };
  // The item and its entity type belong together, which the compiler cannot follow through the union of all items.
  return change as unknown as Extract<StreamChange, { entityType: Item['entityType'] }>;
}
