import type { Difference } from './difference.ts';

/** The version that each id has. */
export type Versions = ReadonlyMap<string, number>;

/** Compares the items of the table with the documents of an index: every item must be there, at its version, and nothing else. */
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
