import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TableItem } from '../../../contracts/entities/entities.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import {
  type ReplayRecord,
  replaySearchIndex,
} from '../../../pipelines/dead-letters/replay/replay-records.ts';
import { ContractViolationError } from '../../../pipelines/errors.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import { emailHashes } from '../../builders/email-hash.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { productItem } from '../../builders/values/items.ts';
import { localDynamoDb, localOpenSearch } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { storedDocument } from './stored-document.ts';

const client = localOpenSearch();
const index = new SearchIndex({ emailHash: emailHashes, client });
const dynamoDb = localDynamoDb();
const { signal } = new AbortController();
const VERSION = 1_772_366_400_000_000;
let table: TestTable;
let replayRecord: ReplayRecord;

beforeAll(async () => {
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  replayRecord = replaySearchIndex(index, table);
  await installIndices(client, indexDefinitions);
});

const productAt = (later: number, sku: string, name = 'Oak chair') =>
  productItem({ sku, name, version: VERSION + later });
const broken = (product: ItemKey): ItemKey & { stock: string } => ({ ...product, stock: 'ten' });
const unversioned = (sku: string) => Object.assign(productAt(1, sku), { version: 'last' });
const indexed = (item: TableItem) => index.handle(decodeChange(insertOf(item)), signal);
const documentOf = (sku: string) => storedDocument(client, 'products', sku);

describe('a record that is run again for the search index', () => {
  it('brings the index to where the table is, and not to where the record was', async () => {
    const sku = `sku-${ulid()}`;
    await table.put(productAt(2, sku, 'Elm chair'));
    expect(await replayRecord(insertOf(productAt(0, sku)), signal)).toBe('replayed');
    expect(await documentOf(sku)).toMatchObject({ version: VERSION + 2, source: { name: 'Elm chair' } });
  });

  it('never brings back a deleted item', async () => {
    const sku = `sku-${ulid()}`;
    expect(await replayRecord(insertOf(productAt(0, sku)), signal)).toBe('replayed');
    expect(await documentOf(sku)).toBeUndefined();
  });

  it('deletes the document of a deleted item, also when the record breaks its contract', async () => {
    const sku = `sku-${ulid()}`;
    await indexed(productAt(0, sku));
    expect(await replayRecord(modifyOf(productAt(0, sku), broken(productAt(1, sku))), signal)).toBe(
      'replayed',
    );
    expect(await documentOf(sku)).toBeUndefined();
  });

  it('keeps a document that is newer than the record, though the item was deleted', async () => {
    const sku = `sku-${ulid()}`;
    await indexed(productAt(9, sku));
    await replayRecord(insertOf(productAt(0, sku)), signal);
    expect(await documentOf(sku)).toMatchObject({ version: VERSION + 9 });
  });

  it('of an item that was repaired is written as it is now', async () => {
    const sku = `sku-${ulid()}`;
    await table.put(productAt(1, sku));
    await replayRecord(insertOf(broken(productAt(0, sku))), signal);
    expect(await documentOf(sku)).toMatchObject({ version: VERSION + 1 });
  });

  it('of an item that is still broken fails, and says what is wrong now', async () => {
    const sku = `sku-${ulid()}`;
    await table.put({ ...productAt(1, sku), reserved: 'none' });
    const failure = replayRecord(insertOf(broken(productAt(0, sku))), signal);
    await expect(failure).rejects.toThrow(ContractViolationError);
    await expect(failure).rejects.toMatchObject({ issues: [{ path: 'NewImage.reserved' }] });
  });

  it('of a removal fails while nothing says under which version the document may be deleted', async () => {
    const sku = `sku-${ulid()}`;
    await indexed(productAt(0, sku));
    const failure = replayRecord(removeOf(unversioned(sku)), signal);
    await expect(failure).rejects.toThrow(ContractViolationError);
    await expect(failure).rejects.toMatchObject({ issues: [{ path: 'OldImage.version' }] });
    expect(await documentOf(sku)).toBeDefined();
  });

  it('of a change without a version has nothing to do once the item was deleted', async () => {
    expect(await replayRecord(insertOf(unversioned(`sku-${ulid()}`)), signal)).toBe('item-deleted');
  });

  it('of a foreign key that was deleted has nothing to do', async () => {
    const foreign = { ...productAt(0, 'sku'), pk: 'LEGACY-4711', sk: 'ROW-1' };
    expect(await replayRecord(insertOf(foreign), signal)).toBe('item-deleted');
  });
});
