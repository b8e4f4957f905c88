import { parseKey } from '../../contracts/entities/entities.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { scanTable } from '../dynamodb/scan-table.ts';
import type { IndexName } from '../search/index-names.ts';
import type { Difference } from './findings.ts';
import type { CheckedTable, SearchedItem } from './read-table.ts';
import type { Candidate } from './recheck.ts';

/** The version that each id has. */
export type Versions = ReadonlyMap<string, number>;

/** Compares the items of the table with the documents of an index: every item must have a document of its version, and there must be no other documents. */
export function compareIndex(check: string, table: Versions, index: Versions): readonly Difference[] {
  const differences: Difference[] = [];
  for (const [id, version] of table) {
    const indexed = index.get(id);
    if (indexed === undefined) differences.push({ check, id, detail: 'is missing in the index' });
    else if (indexed !== version)
      differences.push({
        check,
        id,
        detail: `has version ${indexed} in the index and ${version} in the table`,
      });
  }
  for (const id of index.keys()) {
    if (!table.has(id)) differences.push({ check, id, detail: 'is in the index and not in the table' });
  }
  return differences;
}

/** The differences of an index and the table when each was read. */
export function indexCandidates(
  items: ReadonlyMap<string, SearchedItem>,
  name: IndexName,
  indexed: Versions,
): readonly Candidate[] {
  const versions = new Map([...items].map(([id, { version }]) => [id, version]));
  return compareIndex(name, versions, indexed).map(({ id }) => ({
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
