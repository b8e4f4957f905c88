import { OrderId, Sku, UserId, Version } from '../../contracts/ids.ts';
import type { TableItem } from '../../contracts/items/table-item.ts';
import { type ItemKey, orderKey, productKey, userKey } from '../../contracts/keys.ts';
import { read } from '../../contracts/reading.ts';
import { presentChange } from '../core/present-change.ts';
import { type IndexName, readAlias } from '../search/index-names.ts';
import type { OpenSearchClient } from '../search/open-search.ts';
import type { SearchIndex } from '../search/search-index.ts';
import type { Repair } from './finding.ts';
import { type IndexedVersion, readDocument } from './read-document.ts';
import type { CopyCheck, Sight } from './settle-copies.ts';
import { type CheckedTable, readPresent } from './table-reads.ts';

/** What {@link indexCheck} reads, and mends with. */
export interface IndexCheckDeps {
  readonly table: CheckedTable;
  readonly client: OpenSearchClient;
  readonly search: Pick<SearchIndex, 'handle' | 'remove'>;
}

/**
 * Each item that is searched has a document of its version, and there are no others. A document is mended by the present state
 * of its item. One whose item is gone is deleted under its own version: what is written of a new item of that id is newer.
 *
 * @param from The index that is checked, or an alias of it: the read alias without it.
 */
export function indexCheck(
  deps: IndexCheckDeps,
  index: IndexName,
  from: string = readAlias(index),
): CopyCheck {
  return {
    check: `${index} index`,
    look: async ({ id, key: seenKey }, signal) => {
      const seen =
        seenKey === undefined ? await readDocument(deps.client, { index, id }, signal, from) : undefined;
      const key = seenKey ?? keyOf(index, id, seen);
      // A document of no key that this table knows is of no item of it.
      const item = key && (await readPresent(deps.table, key));
      const document = await readDocument(deps.client, { index, id }, signal, from);
      // Its last sound version may be searched until it is mended.
      if (item === 'malformed') return { source: undefined, copy: document?.version, detail: undefined };
      const sight = { source: item?.version, copy: document?.version };
      return { ...sight, ...judged(sight), ...repairOf(deps, { index, id }, key, document, item) };
    },
  };
}

function judged({ source, copy }: Pick<Sight, 'source' | 'copy'>): Pick<Sight, 'detail'> {
  if (source === copy) return { detail: undefined };
  if (source === undefined) return { detail: 'is in the index and not in the table' };
  if (copy === undefined) return { detail: 'is missing in the index' };
  return { detail: `has version ${copy} in the index and ${source} in the table` };
}

function repairOf(
  { table, search }: IndexCheckDeps,
  address: { readonly index: IndexName; readonly id: string },
  key: ItemKey | undefined,
  document: IndexedVersion | undefined,
  seen: TableItem | undefined,
): { readonly repair?: Repair } {
  // A write under a version that the index thinks old changes nothing: only a new index forgets it.
  if (seen !== undefined && document !== undefined && document.version >= seen.version) return {};
  const removal = read(Version, document?.version);
  // No version of ours: a removal under it would be taken for no write of ours either.
  if (seen === undefined && !removal.success) return {};
  return {
    repair: {
      how: seen === undefined ? 'delete the document' : 'write the document of the present item',
      run: async (signal) => {
        const item = key && (await readPresent(table, key));
        if (item === 'malformed') return;
        if (item !== undefined) await search.handle(presentChange(item), signal);
        else if (removal.success) await search.remove(address, removal.data, signal);
      },
    },
  };
}

function keyOf(index: IndexName, id: string, document: IndexedVersion | undefined): ItemKey | undefined {
  const [orderId, sku, userId, owner] = [
    read(OrderId, id).data,
    read(Sku, id).data,
    read(UserId, id).data,
    read(UserId, document?.userId).data,
  ];
  switch (index) {
    case 'orders':
      return orderId && owner && orderKey(owner, orderId);
    case 'products':
      return sku && productKey(sku);
    case 'users':
      return userId && userKey(userId);
  }
}
