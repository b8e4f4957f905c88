import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Client } from '@opensearch-project/opensearch';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { type ItemVisitor, scanTable } from '../dynamodb/scan-table.ts';
import { OrderAnalytics, type OrderAnalyticsDeps } from '../order-events/analytics/order-analytics.ts';
import { OrderInventory } from '../order-events/inventory/order-inventory.ts';
import type { OrderRetention } from '../orders/retention.ts';
import type { EmailHashSource } from '../search/email-hash.ts';
import { INDEX_NAMES, type IndexName } from '../search/index-names.ts';
import { SearchIndex } from '../search/indexing/search-index.ts';
import { countedOrderCandidates, countedOrderCheck } from './check-counted-versions.ts';
import { indexCheck } from './check-index.ts';
import { accountCheck, transferCheck } from './check-ledger.ts';
import { reservationCandidates, reservationCheck } from './check-reservations.ts';
import { compareStats, statsCheck } from './check-stats.ts';
import { compareHeld, stockCheck } from './check-stock.ts';
import { indexCandidates, withOrderKeys } from './compare-index.ts';
import { compareBalances, compareTransfers } from './compare-ledger.ts';
import type { Rechecked } from './findings.ts';
import { readIndex } from './read-index.ts';
import type { CheckedTable } from './read-table.ts';
import { TableDigest } from './read-table.ts';
import type { RecheckOptions } from './recheck.ts';
import { recheckCopies, recheckSums } from './recheck.ts';

/** The system that is verified. A repair has the settings of the consumer: retention, publishers, parts of the stats. */
export interface VerifyDeps extends OrderRetention, OrderAnalyticsDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly openSearch: Client;
  /** For the documents of users that a repair writes. */
  readonly emailHash: EmailHashSource;
}

/** How it is verified. */
export interface VerifyOptions extends RecheckOptions {
  /** How many parts of the table are scanned at the same time. */
  readonly segments: number;
  /** Called for each item that was read. */
  readonly onItem?: () => void;
}

/** The result of one check. */
export interface CheckResult extends Rechecked {
  readonly check: string;
  /** What was compared, in figures. */
  readonly figures: string;
}

/** The result of the verification. */
export interface Verification {
  readonly checks: readonly CheckResult[];
  /** The items that violate their contract, which belong to no check: the consumers dead-letter them. */
  readonly malformed: readonly ItemKey[];
}

/**
 * Compares all that the streams keep with the table: the indices, the reservations and the stock, the counted versions and the daily
 * stats; and the ledger with the balances. The system may be in use: candidates are rechecked until the stream has had
 * its time, and only persistent differences are reported. Changes nothing; each finding carries its repair.
 *
 * Reads the table once, and once more for each recheck of sums that differ. Keeps ids, versions and sums, in memory.
 *
 * @throws SearchUnavailableError, or the clients' own errors.
 */
export async function verify(deps: VerifyDeps, options: VerifyOptions): Promise<Verification> {
  const { dynamoDb, tableName } = deps;
  const { segments, signal, onItem = () => undefined } = options;
  const table: CheckedTable = { dynamoDb, tableName, segments };
  const digest = new TableDigest();
  const visitor: ItemVisitor = {
    item: (item) => {
      digest.item(item);
      onItem();
    },
    malformed: (key) => digest.malformed(key),
  };
  await scanTable(dynamoDb, { tableName, segments, signal }, visitor);
  const checks: CheckResult[] = [];
  for (const name of INDEX_NAMES) checks.push(await indexResult(name, deps, table, digest, options));
  for (const result of [reservationResult, stockResult, countedOrderResult, statsResult, ledgerResult])
    checks.push(await result(table, digest, options, deps));
  return { checks, malformed: digest.malformedKeys };
}

type Result = (
  table: CheckedTable,
  digest: TableDigest,
  options: RecheckOptions,
  deps: VerifyDeps,
) => Promise<CheckResult>;

async function indexResult(
  name: IndexName,
  { openSearch, emailHash }: VerifyDeps,
  table: CheckedTable,
  digest: TableDigest,
  options: RecheckOptions,
): Promise<CheckResult> {
  const indexed = await readIndex(openSearch, name);
  const check = indexCheck(
    { table, client: openSearch, search: new SearchIndex({ client: openSearch, emailHash }) },
    name,
  );
  return {
    check: check.check,
    figures: `${digest.searched[name].size} items, ${indexed.size} documents`,
    ...(await recheckCopies(check, indexCandidates(digest.searched[name], name, indexed), options)),
  };
}

const reservationResult: Result = async (table, digest, options, deps) => {
  const check = reservationCheck({ table, inventory: new OrderInventory(deps) });
  return {
    check: check.check,
    figures: `${digest.orders.size} orders, ${digest.reservations.size} reservations`,
    ...(await recheckCopies(check, reservationCandidates(digest), options)),
  };
};

const stockResult: Result = async (table, { products, held }, options) => ({
  check: 'stock',
  figures: `${products.length} skus`,
  ...(await recheckSums(stockCheck(table), compareHeld(products, held.bySku), options)),
});

const countedOrderResult: Result = async (table, digest, options, deps) => {
  const check = countedOrderCheck({ table, analytics: new OrderAnalytics(deps) });
  const candidates = await withOrderKeys(
    table,
    countedOrderCandidates(digest),
    digest.malformedKeys,
    options.signal,
  );
  return {
    check: check.check,
    figures: `${digest.orders.size} orders, ${digest.countedOrders.size} counted versions`,
    ...(await recheckCopies(check, candidates, options)),
  };
};

const statsResult: Result = async (table, digest, options, { clock }) => {
  const stats = digest.stats.nonZero();
  const candidates = compareStats(stats, digest.counted.nonZero());
  return {
    check: 'stats',
    figures: `${stats.size} days`,
    ...(await recheckSums(statsCheck(table, clock, digest.malformedKeys), candidates, options)),
  };
};

const ledgerResult: Result = async (table, { accounts, ledger }, options) => {
  const balances = compareBalances(accounts, ledger.byAccount);
  const transfers = compareTransfers(ledger.openTransfers);
  const rechecked = [
    await recheckSums(accountCheck(table), balances, options),
    await recheckSums(transferCheck(table, ledger.openTransfers), transfers, options),
  ];
  return {
    check: 'ledger',
    figures: `${accounts.length} accounts`,
    findings: rechecked.flatMap(({ findings }) => findings),
    inconclusive: rechecked.flatMap(({ inconclusive }) => inconclusive),
  };
};
