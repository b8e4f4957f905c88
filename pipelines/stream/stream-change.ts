import type { TableItem } from '../../contracts/entities/entities.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import type { Version } from '../../contracts/ids.ts';

interface ChangeAttributes {
  readonly key: ItemKey;
  readonly eventId: string;
  /** The record's position in its shard: 21 to 40 digits, compared as a number. */
  readonly sequenceNumber: string;
  /** The item's version after this change; for a removal, the one that removes its last image. */
  readonly version: Version;
  /** When DynamoDB accepted the write, to the second. */
  readonly approximateCreationTime: Date | undefined;
}

/** One change of one item, decoded and checked. */
export type ItemChange<Item extends TableItem> = ChangeAttributes & {
  readonly entityType: Item['entityType'];
} & (
    | { readonly kind: 'INSERT'; readonly newItem: Item }
    | {
        readonly kind: 'MODIFY';
        readonly newItem: Item;
        /** Absent where the old image violated its contract: the change fixes an item whose last record was dead-lettered. */
        readonly oldItem: Item | undefined;
      }
    | {
        readonly kind: 'REMOVE';
        readonly oldItem: Item;
        /** Whether DynamoDB deleted it because its `ttl` had passed. */
        readonly expired: boolean;
      }
  );

type ChangeOfEach<Item> = Item extends TableItem ? ItemChange<Item> : never;

/** A change of any item of the table, distinguished by `entityType` and then by `kind`. */
export type StreamChange = ChangeOfEach<TableItem>;
/** A change of an item of one type. */
export type ChangeOf<Type extends TableItem['entityType']> = Extract<StreamChange, { entityType: Type }>;
