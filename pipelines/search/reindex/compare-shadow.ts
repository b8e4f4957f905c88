import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Client } from '@opensearch-project/opensearch';
import { scanTable } from '../../dynamodb/scan-table.ts';
import { indexCheck } from '../../reconciliation/check-index.ts';
import { indexCandidates } from '../../reconciliation/compare-index.ts';
import type { Finding } from '../../reconciliation/findings.ts';
import { readIndex } from '../../reconciliation/read-index.ts';
import { type SearchedItem, searchedItem } from '../../reconciliation/read-table.ts';
import type { RecheckOptions } from '../../reconciliation/recheck.ts';
import { recheckCopies } from '../../reconciliation/recheck.ts';
import { repair } from '../../reconciliation/repair.ts';
import { addressOf } from '../documents.ts';
import type { EmailHashSource } from '../email-hash.ts';
import type { IndexName } from '../index-names.ts';
import { SearchIndex } from '../indexing/search-index.ts';
import { ENTITY_TYPES } from './backfill.ts';

/** The table, and the cluster with the index that is compared with it. */
export interface CompareDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly openSearch: Client;
  readonly emailHash: EmailHashSource;
}

/** How they are compared. */
export interface CompareOptions extends RecheckOptions {
  readonly segments: number;
}

/** The result of a comparison. */
export interface Compared {
  /** How many documents were written or deleted. */
  readonly repaired: number;
  /** The differences that remain. */
  readonly findings: readonly Finding[];
}

/**
 * Compares one version of an index with the table while the stream writes both, repairs the differences, and compares again.
 * Reads the table once or twice, and keeps ids, versions and digests in memory.
 */
export async function compareAndRepair(
  deps: CompareDeps,
  name: IndexName,
  index: string,
  options: CompareOptions,
): Promise<Compared> {
  const findings = await compare(deps, name, index, options);
  if (findings.length === 0) return { repaired: 0, findings };
  const results = await repair(findings, { dryRun: false, signal: options.signal });
  const repaired = results.filter(({ outcome }) => outcome === 'repaired').length;
  return { repaired, findings: await compare(deps, name, index, options) };
}

async function compare(
  { dynamoDb, tableName, openSearch, emailHash }: CompareDeps,
  name: IndexName,
  index: string,
  options: CompareOptions,
): Promise<readonly Finding[]> {
  const { segments, signal } = options;
  const items = new Map<string, SearchedItem>();
  await scanTable(
    dynamoDb,
    { tableName, segments, entityTypes: [ENTITY_TYPES[name]], signal },
    {
      item: (item) => {
        const id = addressOf(item)?.id;
        if (id !== undefined) items.set(id, searchedItem(item));
      },
      malformed: () => undefined,
    },
  );
  const candidates = indexCandidates(items, name, await readIndex(openSearch, name, index));
  // Knows of the shadow index at once, and repairs both: correct documents stay.
  const search = new SearchIndex({ client: openSearch, emailHash, shadowAgeMsMax: 0 });
  const check = indexCheck(
    { table: { dynamoDb, tableName, segments }, client: openSearch, search },
    name,
    index,
  );
  return (await recheckCopies(check, candidates, options)).findings;
}
