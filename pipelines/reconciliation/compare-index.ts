import { parseKey } from '../../contracts/entities/entities.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { scanTable } from '../dynamodb/scan-table.ts';
import type { IndexName } from '../search/index-names.ts';
import type { Difference } from './findings.ts';
import type { DocumentState } from './read-index.ts';
import type { CheckedTable, SearchedItem } from './read-table.ts';
import type { Candidate } from './recheck.ts';

/**
 * What is wrong with the document of an item; `undefined` where nothing is. It may be of an older version than the item, as long as it
 * holds the same: a change that leaves the document as it is does not write it. A newer one is always wrong, since it keeps
 * the item's next changes out.
 */
export function documentFault(
  item: DocumentState | undefined,
  document: DocumentState | undefined,
): string | undefined {
  if (item === undefined) return document && 'is in the index and not in the table';
  if (document === undefined) return 'is missing in the index';
  if (document.version <= item.version && document.content === item.content) return undefined;
  return document.version === item.version
    ? 'has other contents in the index than in the table'
    : `has version ${document.version} in the index and ${item.version} in the table`;
}

/** Compares the items of the table with the documents of an index: every item must have its document, and there must be no other documents. */
export function compareIndex(
  check: string,
  table: ReadonlyMap<string, DocumentState>,
  index: ReadonlyMap<string, DocumentState>,
): readonly Difference[] {
  const withoutItem = [...index.keys()].filter((id) => !table.has(id));
  return [...table.keys(), ...withoutItem].flatMap((id) => {
    const detail = documentFault(table.get(id), index.get(id));
    return detail === undefined ? [] : [{ check, id, detail }];
  });
}

/** The differences of an index and the table when each was read. */
export function indexCandidates(
  items: ReadonlyMap<string, SearchedItem>,
  name: IndexName,
  indexed: ReadonlyMap<string, DocumentState>,
): readonly Candidate[] {
  return compareIndex(name, items, indexed).map(({ id }) => ({
    id,
    key: items.get(id)?.key,
    version: items.get(id)?.version,
  }));
}

/**
 * Finds the keys of orders of which only the counted order was seen: one that violates its contract exists all the same, and one
 * that was written after the scan had passed its place is found by another scan. An order without a key then is deleted.
 */
export async function withOrderKeys(
  table: CheckedTable,
  candidates: readonly Candidate[],
  malformed: readonly ItemKey[],
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const keys = new Map<string, ItemKey>();
  const note = (key: ItemKey): void => {
    const named = parseKey(key);
    if (named?.entityType === 'Order' && unseen.has(named.orderId)) keys.set(named.orderId, key);
  };
  const unseen = new Set(candidates.filter(({ key }) => key === undefined).map(({ id }) => id));
  if (unseen.size === 0) return candidates;
  for (const key of malformed) note(key);
  const scan = { ...table, entityTypes: ['Order' as const], signal };
  await scanTable(table.dynamoDb, scan, { item: ({ pk, sk }) => note({ pk, sk }), malformed: note });
  return candidates.map((candidate) => ({ ...candidate, key: candidate.key ?? keys.get(candidate.id) }));
}
