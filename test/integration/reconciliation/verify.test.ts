import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@opensearch-project/opensearch';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod';
import { accountKey } from '../../../contracts/entities/account.ts';
import { countedOrderKey } from '../../../contracts/entities/counted-order.ts';
import { dailyStatsKey } from '../../../contracts/entities/daily-stats.ts';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { productKey } from '../../../contracts/entities/product.ts';
import { reservationKey } from '../../../contracts/entities/reservation.ts';
import { Day, Version } from '../../../contracts/ids.ts';
import { parse, parseJson } from '../../../contracts/reading.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { runVerify } from '../../../infra/ops/commands/verify.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { OrderAnalytics } from '../../../pipelines/order-events/analytics/order-analytics.ts';
import { OrderInventory } from '../../../pipelines/order-events/inventory/order-inventory.ts';
import { statsCheck } from '../../../pipelines/reconciliation/check-stats.ts';
import { repair } from '../../../pipelines/reconciliation/repair.ts';
import { type Verification, verify } from '../../../pipelines/reconciliation/verify.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { documentOf } from '../../../pipelines/search/documents.ts';
import { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { emailHashes, hashEmail } from '../../builders/email-hash.ts';
import { orderIdOf, withStatus } from '../../builders/stream/order-life.ts';
import {
  accountItem,
  ledgerEntryItem,
  orderItem,
  orderLine,
  productItem,
  reservationItem,
  userItem,
} from '../../builders/values/items.ts';
import { opsTarget, runCommand } from '../dead-letters/ops-target.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { ownOpenSearch } from '../parts/own-open-search.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

const dynamoDb = localDynamoDb();
const { signal } = new AbortController();
const order = orderItem({ orderId: orderIdOf(1) });
const account = accountItem({ balance: 101_250 });
const entry = ledgerEntryItem();
/** A transfer of `a-2` to `a-1`, with both accounts. */
const transferred = [
  ...[account, accountItem({ accountId: 'a-2', balance: 98_750 })],
  ...[entry, ledgerEntryItem({ accountId: 'a-2', counterparty: 'a-1', amount: -1_250 })],
];
const stored = { sku: 'SKU-1', stock: 10, reserved: 0, received: 10 };

let openSearch: Client;
let search: SearchIndex;
let table: TestTable;
let deps: ReturnType<typeof depsOf>;
const depsOf = (tableName: string) => ({
  highValueThreshold: order.total,
  dynamoDb,
  tableName,
  openSearch,
  emailHash: emailHashes,
  clock: systemClock,
});

// A node of its own: the documents of other files are of no table of this one.
beforeAll(async () => {
  const own = await ownOpenSearch();
  openSearch = own.client;
  search = new SearchIndex({ emailHash: emailHashes, client: openSearch });
  return own.stop;
});
beforeEach(async () => {
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  deps = depsOf(table.tableName);
  await openSearch.indices.delete({ index: '*' });
  await installIndices(openSearch, indexDefinitions);
  await table.put(productItem(stored), userItem(), accountItem());
  for (const item of [productItem(stored), userItem()]) await search.handle(currentChange(item), signal);
});

/** Puts an order, and does for it what the streams would. */
async function streamed(item: OrderItem): Promise<void> {
  await table.put(item);
  await new OrderInventory(deps).handle(currentChange(item, 'INSERT'), signal);
  await new OrderAnalytics(deps).handle(currentChange(item, 'INSERT'), signal);
  await search.handle(currentChange(item), signal);
  const product = (await table.all()).find((one) => one.entityType === 'Product');
  if (product !== undefined) await search.handle(currentChange(product), signal);
}

const verified = (recheckMs = 10): Promise<Verification> =>
  verify(deps, { segments: 2, rounds: 3, recheckMs, signal });
const findingsIn = ({ checks }: Verification) => checks.flatMap(({ findings }) => findings);
const differences = (verification: Verification): string[] =>
  findingsIn(verification).map(({ check, id, detail }) => `${check}: ${id} ${detail}`);
const repaired = async (verification: Verification) =>
  (await repair(findingsIn(verification), { dryRun: false, signal })).map(({ outcome }) => outcome);

describe('verifying', () => {
  it('finds nothing where the streams have done their work', async () => {
    await streamed(order);
    const { checks, malformed } = await verified();
    expect(checks.flatMap(({ findings, inconclusive }) => [...findings, ...inconclusive])).toEqual([]);
    expect(checks.map(({ check }) => check)).toEqual([
      'orders index',
      'products index',
      'users index',
      'reservations',
      'stock',
      'counted versions',
      'stats',
      'ledger',
    ]);
    expect(malformed).toEqual([]);
  });

  it('lists items that break their contract by their key, and calls them no difference', async () => {
    await table.put({ ...order, total: 'much' });
    const verification = await verified();
    expect(verification.malformed).toEqual([{ pk: order.pk, sk: order.sk }]);
    expect(differences(verification)).toEqual([]);
  });

  it('keeps the document and the count of an order that breaks its contract since', async () => {
    await streamed(order);
    await table.put({ ...order, total: 'much' });
    expect(differences(await verified())).toEqual([]);
  });

  it('calls the stock of a product that breaks its contract since no difference', async () => {
    await streamed(order);
    const product = await table.get(productKey(productItem(stored).sku));
    await table.put({ ...product, unitPrice: 'unknown' });
    const verification = await verified();
    expect(verification.malformed).toEqual([productKey(productItem(stored).sku)]);
    expect(differences(verification)).toEqual([]);
  });

  it('calls the entries of an account that breaks its contract no difference', async () => {
    await table.put(...transferred, { ...account, currency: 'none' });
    const verification = await verified();
    expect(verification.malformed).toEqual([{ pk: account.pk, sk: account.sk }]);
    expect(differences(verification)).toEqual([]);
  });

  it('misses an entry that breaks its contract in the sum of its account, and not in its transfer', async () => {
    await table.put(...transferred, { ...entry, currency: 'none' });
    expect(differences(await verified())).toEqual([
      'ledger: a-1 the balance is 101250, and opening balance and entries sum to 100000',
    ]);
  });

  it('waits for what the stream is only late with', async () => {
    await table.put(order);
    const verifying = verified(300);
    await streamed(order);
    expect(differences(await verifying)).toEqual([]);
  });

  it('names a document that is missing, and one that is stale', async () => {
    await streamed(order);
    await table.put(userItem({ version: order.version + 5 }), productItem({ sku: 'SKU-2' }));
    expect(differences(await verified())).toEqual([
      'products index: SKU-2 is missing in the index',
      `users index: u-1 has version ${order.version} in the index and ${order.version + 5} in the table`,
    ]);
  });

  it('takes a document of an older version for right while the stock alone has moved since', async () => {
    await table.put(productItem({ ...stored, stock: 8, received: 8, version: order.version + 1 }));
    expect(differences(await verified())).toEqual([]);
  });

  it.each([
    ['is of an older version and holds something else', 1],
    ['holds something else at the same version', 0],
  ])('names a product whose document %s, and repairs it', async (_, later) => {
    await table.put(productItem({ ...stored, name: 'Elm chair', version: order.version + later }));
    const verification = await verified();
    expect(differences(verification)).toEqual([expect.stringMatching(/^products index: SKU-1 has /)]);
    expect(await repaired(verification)).toEqual(['repaired']);
    expect(differences(await verified())).toEqual([]);
  });

  it('names a product whose document is newer than its item', async () => {
    const { version } = order;
    await search.handle(
      currentChange(productItem({ ...stored, version: parse(Version, version + 5) })),
      signal,
    );
    expect(differences(await verified())).toEqual([
      `products index: SKU-1 has version ${version + 5} in the index and ${version} in the table`,
    ]);
  });

  it('takes the document that the version before wrote, with the stock itself, for right', async () => {
    const long = { type: 'long' } as const;
    const properties = { stock: long, reserved: long, version: long };
    await openSearch.indices.putMapping({ index: 'products', body: { properties } });
    const { inStock: _, ...source } = {
      ...documentOf(productItem(stored), hashEmail)?.source,
      inStock: undefined,
    };
    const old = { ...source, stock: 10, reserved: 0, version: order.version };
    const under = { version: order.version, version_type: 'external_gte' as const };
    await openSearch.index({ index: 'products', id: stored.sku, body: old, ...under });
    await table.put(productItem({ ...stored, stock: 7, received: 7, version: order.version + 1 }));
    expect(differences(await verified())).toEqual([]);
  });

  it('names a document without an item', async () => {
    await search.handle(currentChange(order), signal);
    expect(differences(await verified())).toEqual([
      `orders index: ${order.orderId} is in the index and not in the table`,
    ]);
  });

  it('names a document of a version that no item may have, besides any other differences', async () => {
    await streamed(order);
    const ahead = parse(z.int().brand<'Version'>(), Number.MAX_SAFE_INTEGER - 1);
    await search.handle(currentChange({ ...userItem({ userId: 'u-2' }), version: ahead }), signal);
    await table.put(productItem({ sku: 'SKU-2' }));
    const verification = await verified();
    expect(differences(verification)).toEqual([
      'products index: SKU-2 is missing in the index',
      'users index: u-2 is in the index and not in the table',
    ]);
    // No removal is newer: only a rebuild removes the document.
    expect(await repaired(verification)).toEqual(['repaired', 'not-repairable']);
  });

  it('names an order that was neither reserved nor counted', async () => {
    await table.put(order);
    await search.handle(currentChange(order), signal);
    expect(differences(await verified())).toEqual([
      `reservations: ${order.orderId} is placed and has no reservation`,
      `counted versions: ${order.orderId} is not counted`,
    ]);
  });

  it('counts an order as its consumer does, with the events that report facts', async () => {
    await table.put(order);
    await repaired(await verified());
    expect(await table.get(countedOrderKey(order.orderId))).toMatchObject({
      versions: [{ notification: 'order.placed', facts: ['order.high-value'] }],
    });
  });

  it('names stock that was lost', async () => {
    await streamed(order);
    const product = productItem({ ...stored, stock: 7, reserved: 2, version: order.version + 9 });
    await table.put(product);
    await search.handle(currentChange(product), signal);
    expect(differences(await verified())).toEqual(['stock: SKU-1 stock 7 + reserved 2 is not received 10']);
  });

  it('names reserved stock that no reservation holds', async () => {
    await streamed(order);
    await table.put(reservationItem({ orderId: order.orderId, lines: [{ sku: 'SKU-1', quantity: 1 }] }));
    expect(differences(await verified())).toEqual(['stock: SKU-1 reserved is 2 and the reservations hold 1']);
  });

  it('names an account whose entries do not sum to its balance, and a transfer with one side', async () => {
    await table.put(ledgerEntryItem());
    expect(differences(await verified())).toEqual([
      'ledger: a-1 the balance is 100000, and opening balance and entries sum to 101250',
      'ledger: 01KJMSY7G00000000000000002 has 1 entries, which sum to 1250',
    ]);
  });
});

describe('repairing', () => {
  it('writes what is missing or stale, and deletes what is too much', async () => {
    await streamed(order);
    await table.put(userItem({ version: order.version + 5 }), productItem({ sku: 'SKU-2' }));
    await search.handle(currentChange(orderItem({ orderId: orderIdOf(2) })), signal);
    expect(await repaired(await verified())).toEqual(['repaired', 'repaired', 'repaired']);
    expect(differences(await verified())).toEqual([]);
  });

  it('reserves and counts an order that was missed', async () => {
    await table.put(order);
    await search.handle(currentChange(order), signal);
    expect(await repaired(await verified())).toEqual(['repaired', 'repaired']);
    expect(await table.get(productKey(productItem(stored).sku))).toMatchObject({ stock: 8, reserved: 2 });
    expect(await table.get(reservationKey(order.orderId))).toMatchObject({ state: 'RESERVED' });
  });

  it('rejects an order that the stock cannot serve, which then expires as any rejected one', async () => {
    const many = orderItem({ orderId: orderIdOf(2), lines: [orderLine({ quantity: 11 })] });
    await table.put(many);
    const options = { segments: 2, rounds: 1, recheckMs: 10, signal };
    await repaired(await verify({ ...deps, orderRetentionDays: 30 }, options));
    expect(await table.get(many)).toMatchObject({ status: 'rejected', ttl: expect.any(Number) });
  });

  it('frees what a cancelled order holds', async () => {
    await streamed(order);
    const cancelled = withStatus(order, 'cancelled');
    await table.put(cancelled);
    await repaired(await verified());
    expect(await table.get(reservationKey(order.orderId))).toMatchObject({ state: 'RELEASED' });
  });

  it('counts out a deleted order', async () => {
    const analytics = new OrderAnalytics(deps);
    await analytics.handle(currentChange(order, 'INSERT'), signal);
    expect(await repaired(await verified())).toEqual(['repaired']);
    expect(await table.get(countedOrderKey(order.orderId))).not.toHaveProperty('contribution');
    expect(differences(await verified())).toEqual([]);
  });

  it('corrects counters that are not the sum of the counted versions', async () => {
    await streamed(order);
    const key = dailyStatsKey(Day.parse('2026-03-01'));
    const stats = (await table.get(key)) ?? {};
    await table.put({ ...stats, orders_placed: 7 });
    const verification = await verified();
    expect(differences(verification)).toEqual(['stats: 2026-03-01 orders_placed is 7 and a recount gives 1']);
    expect(await repaired(verification)).toEqual(['repaired']);
    expect(await table.get(key)).toMatchObject({ orders_placed: 1 });
  });

  it('corrects no counter that has been counted on since it was looked at', async () => {
    await streamed(order);
    const key = dailyStatsKey(Day.parse('2026-03-01'));
    await table.put({ ...(await table.get(key)), orders_placed: 7 });
    const verification = await verified();
    await streamed(orderItem({ orderId: orderIdOf(2), lines: [orderLine({ quantity: 1 })] }));
    const results = await repair(findingsIn(verification), { dryRun: false, signal });
    expect(results).toMatchObject([{ outcome: 'failed', error: 'conditions-failed' }]);
    expect(await table.get(key)).toMatchObject({ orders_placed: 8 });
  });

  it.each([
    ['has an amount that is text', { contribution: { day: '2026-03-01', status: 'placed', units: 'two' } }],
    ['has the type of another item', { entityType: 'Order' }],
  ])('corrects no counter while a counted version %s', async (_, broken) => {
    await streamed(order);
    const key = dailyStatsKey(Day.parse('2026-03-01'));
    const stats = await table.get(key);
    await table.put({
      ...countedOrderKey(order.orderId),
      ...(await table.get(countedOrderKey(order.orderId))),
      ...broken,
    });
    const verification = await verified();
    expect(differences(verification)).toContain('stats: 2026-03-01 orders_placed is 1 and a recount gives 0');
    expect(new Set(await repaired(verification))).toEqual(new Set(['not-repairable']));
    expect(await table.get(key)).toEqual(stats);
  });

  it('corrects no counter where a counted version has broken its contract since the table was read', async () => {
    await streamed(order);
    const check = statsCheck({ ...deps, segments: 2 }, systemClock, []);
    const counted = await table.get(countedOrderKey(order.orderId));
    await table.put({ ...counted, orderVersion: 'last' });
    const found = await check.compare(['2026-03-01'], signal);
    expect(found).not.toEqual([]);
    expect(check.repair?.('2026-03-01', found)).toBeUndefined();
  });

  it('leaves money and lost stock to people', async () => {
    await table.put(accountItem({ balance: 5 }), productItem({ ...stored, stock: 7 }));
    expect(await repaired(await verified())).toEqual(['not-repairable', 'not-repairable']);
    expect(await table.get(accountKey(accountItem().accountId))).toMatchObject({ balance: 5 });
  });

  it('does nothing on a dry run but say what it would do', async () => {
    await table.put(order);
    const results = await repair(findingsIn(await verified()), { dryRun: true, signal });
    expect(results.map(({ outcome, how }) => `${outcome}: ${how}`)).toEqual([
      'planned: write the document of the current item',
      "planned: hold the order's stock, or reject it",
      'planned: count the current order',
    ]);
    expect(await table.get(reservationKey(order.orderId))).toBeUndefined();
  });
});

describe('the report of the command', () => {
  const NO_FOLDER = '/proc/none/report.json';
  const run = async (report: string) => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => said.mockRestore());
    const target = Object.assign(await opsTarget(table.tableName, 'no-bucket'), { openSearch });
    const asked = { report, repair: false, dryRun: false, segments: 1, recheck: 0 };
    const { code, text } = await runCommand(target, runVerify, asked, true);
    const result = parseJson(z.object({ report: z.string().optional(), checks: z.array(z.unknown()) }), text);
    return { code, result, said: said.mock.calls };
  };

  it('is where it was asked for, and in the result', async () => {
    await streamed(order);
    const folder = mkdtempSync(join(tmpdir(), 'verify-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const report = join(folder, 'report.json');
    const { code, result, said } = await run(report);
    expect([code, result.report, said]).toEqual([0, report, []]);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ checks: result.checks });
  });

  it('takes nothing from the result where it cannot be written, and ends it with 1', async () => {
    await streamed(order);
    const { code, result, said } = await run(NO_FOLDER);
    expect([code, result.report]).toEqual([1, undefined]);
    expect(result.checks).toHaveLength(8);
    expect(said).toEqual([[expect.stringContaining(`The report ${NO_FOLDER} was not written: `)]]);
  });
});
