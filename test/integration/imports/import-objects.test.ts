import { gzipSync } from 'node:zlib';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { REPORTED_ROWS_MAX } from '../../../contracts/imports/import-report.ts';
import type { OrderItem } from '../../../contracts/items/order.ts';
import { CHECKPOINT_UNITS } from '../../../pipelines/imports/import-run.ts';
import { CSV_HEADER, csvRow, importedOrder, linesOf } from '../../builders/imports.ts';
import { type ImportBucket, startImports } from './import-bucket.ts';

const KEY = 'imports/2026 March/orders';
const plain = (text: string): string | Buffer => text;
const gzip = (text: string): string | Buffer => gzipSync(text);
const FORMATS = [
  ['csv', plain],
  ['csv.gz', gzip],
  ['ndjson', plain],
  ['ndjson.gz', gzip],
] as const;

/** Three orders, of which one is bad, with CRLF, a byte order mark and a blank line; the bad row's line is 5 in both. */
const CONTENT = {
  csv: `\uFEFF${linesOf(
    [
      CSV_HEADER,
      csvRow(),
      csvRow({ sku: 'SKU-2' }),
      '',
      csvRow({ sourceId: 'S-2', quantity: '0' }),
      csvRow({ sourceId: 'S-3' }),
    ],
    '\r\n',
  )}`,
  ndjson: `\uFEFF${linesOf(
    [
      JSON.stringify(importedOrder()),
      JSON.stringify(importedOrder({ sourceId: 'S-3' })),
      '',
      '',
      JSON.stringify({ ...importedOrder({ sourceId: 'S-2' }), currency: 'dollars' }),
    ],
    '\r\n',
  )}`,
};
const contentOf = (suffix: string): string => (suffix.startsWith('csv') ? CONTENT.csv : CONTENT.ndjson);
const sourceIdsOf = (orders: readonly OrderItem[]) => orders.map(({ sourceId }) => sourceId).toSorted();
const manyOrders = (count: number, overrides: object = {}): string =>
  linesOf(
    Array.from({ length: count }, (_, index) =>
      JSON.stringify({ ...importedOrder({ sourceId: `S-${index}` }), ...overrides }),
    ),
  );

let imports: ImportBucket;
beforeEach(async () => {
  imports = await startImports();
});

describe.each(FORMATS)('an object of .%s', (suffix, encode) => {
  const key = `${KEY}.${suffix}`;

  it('becomes orders and a report of the rows that are none', async () => {
    await imports.invokeToTheEnd(await imports.put(key, encode(contentOf(suffix))));
    expect(sourceIdsOf(await imports.orders())).toEqual(['S-1', 'S-3']);
    expect(await imports.reportOf(key)).toMatchObject({
      status: 'completed',
      object: { bucket: imports.name, key },
      rows: suffix.startsWith('csv') ? 4 : 3,
      orders: { written: 2, alreadyThere: 0 },
      rejected: 1,
      rejectedRows: [{ line: 5, reason: expect.stringMatching(/^(quantity|currency): /) }],
      rejectedParts: [],
    });
  });

  it('becomes the same orders when it is put a second time', async () => {
    await imports.invokeToTheEnd(await imports.put(key, encode(contentOf(suffix))));
    const before = await imports.orders();
    await imports.invokeToTheEnd(await imports.put(key, encode(contentOf(suffix))));
    expect(await imports.orders()).toEqual(before);
    expect(await imports.reportOf(key)).toMatchObject({
      orders: { written: 0, alreadyThere: 2 },
      rejected: 1,
    });
  });

  it('becomes the same orders and report when time is up after every single one', async () => {
    const whole = await startImports();
    const content = encode(contentOf(suffix));
    expect(await whole.invokeToTheEnd(await whole.put(key, content))).toBe(1);
    expect(await imports.invokeToTheEnd(await imports.put(key, content), 1)).toBeGreaterThan(2);
    const { startedAt: _, finishedAt: __, object: ___, ...report } = await imports.reportOf(key);
    expect(await whole.reportOf(key)).toMatchObject(report);
    expect(sourceIdsOf(await imports.orders())).toEqual(sourceIdsOf(await whole.orders()));
  });
});

describe('an object', () => {
  const key = `${KEY}.ndjson`;

  it('is inflated when its Content-Encoding says so', async () => {
    await imports.invokeToTheEnd(await imports.put(key, gzip(CONTENT.ndjson), 'gzip'));
    expect(await imports.reportOf(key)).toMatchObject({ status: 'completed', orders: { written: 2 } });
  });

  it('of nothing is an import of nothing', async () => {
    await imports.invokeToTheEnd(await imports.put(key, new Uint8Array()));
    expect(await imports.reportOf(key)).toMatchObject({ status: 'completed', rows: 0, rejected: 0 });
  });

  it.each([
    ['no gzip', 'csv.gz', CONTENT.csv],
    ['no header', 'csv', csvRow()],
  ])('that cannot be read has a report that says so: %s', async (_, suffix, content) => {
    const broken = `${KEY}.${suffix}`;
    await imports.invokeToTheEnd(await imports.put(broken, content));
    expect(await imports.reportOf(broken)).toMatchObject({
      status: 'failed',
      reason: expect.any(String),
      rows: 0,
    });
  });

  it('that breaks off has a report of what could be read', async () => {
    const broken = `${KEY}.ndjson.gz`;
    const content = gzipSync(manyOrders(300)).subarray(0, -8);
    await imports.invokeToTheEnd(await imports.put(broken, content));
    const written = (await imports.orders()).length;
    expect(written).toBeGreaterThan(0);
    expect(await imports.reportOf(broken)).toMatchObject({ status: 'failed', orders: { written } });
  });

  it('with an encoding that is not known has a report that says so', async () => {
    await imports.invokeToTheEnd(await imports.put(key, CONTENT.ndjson, 'br'));
    expect(await imports.reportOf(key)).toMatchObject({ status: 'failed' });
  });

  it('that is replaced before it is read is left to the message of the new one', async () => {
    const older = await imports.put(key, CONTENT.ndjson);
    const newer = await imports.put(key, manyOrders(5));
    expect((await imports.invoke(older)).batchItemFailures).toEqual([]);
    expect(await imports.keys()).toEqual([key]);
    await imports.invokeToTheEnd(newer);
    expect(await imports.reportOf(key)).toMatchObject({ rows: 5 });
  });

  it('that is replaced between two invocations is begun anew, and the old message ends', async () => {
    const older = await imports.put(key, manyOrders(5));
    await imports.invoke(older, { ordersMax: 2 });
    const newer = await imports.put(key, manyOrders(3, { currency: 'EUR' }));
    await imports.invokeToTheEnd((await imports.continuation()) ?? '');
    await imports.invokeToTheEnd(newer);
    expect(await imports.reportOf(key)).toMatchObject({ rows: 3, orders: { written: 1 }, rejected: 2 });
  });

  it('that is deleted is let go', async () => {
    const message = await imports.put(key, CONTENT.ndjson);
    await imports.s3.send(new DeleteObjectCommand({ Bucket: imports.name, Key: key }));
    expect((await imports.invoke(message)).batchItemFailures).toEqual([]);
    expect(await imports.keys()).toEqual([]);
  });

  it('of another format is left alone', async () => {
    const message = await imports.put(`${KEY}.csv.report.json`, '{}');
    expect((await imports.invoke(message)).batchItemFailures).toEqual([]);
    expect(await imports.keys()).toEqual([`${KEY}.csv.report.json`]);
  });

  it('has all of its rejected rows in the report and its parts', async () => {
    const bad = REPORTED_ROWS_MAX + 6_000;
    await imports.invokeToTheEnd(await imports.put(key, 'x\n'.repeat(bad)));
    const report = await imports.reportOf(key);
    const parts = await Promise.all(report.rejectedParts.map(imports.textOf));
    const inParts = parts.flatMap((text) =>
      text
        .trimEnd()
        .split('\n')
        .map((row) => JSON.parse(row)),
    );
    expect(report).toMatchObject({ rows: bad, rejected: bad });
    expect(report.rejectedParts).toHaveLength(2);
    expect([...report.rejectedRows, ...inParts].map(({ line }) => line)).toEqual(
      Array.from({ length: bad }, (_, index) => index + 1),
    );
  });

  it('has a row rejected that the table has with other content', async () => {
    await imports.invokeToTheEnd(await imports.put(key, manyOrders(2)));
    const rows = [importedOrder({ sourceId: 'S-0' }), importedOrder({ sourceId: 'S-1', currency: 'EUR' })];
    await imports.invokeToTheEnd(await imports.put(key, linesOf(rows.map((row) => JSON.stringify(row)))));
    expect(await imports.reportOf(key)).toMatchObject({
      orders: { written: 0, alreadyThere: 1 },
      rejectedRows: [{ line: 2, reason: expect.stringContaining('with other content') }],
    });
  });
});

describe('an import', () => {
  const key = `${KEY}.ndjson`;
  const orders = CHECKPOINT_UNITS + 100;

  it('that fails in the middle goes on from its last checkpoint', async () => {
    const message = await imports.put(key, manyOrders(orders));
    let writes = 0;
    const failing = async (order: Parameters<typeof imports.deps.writeOrder>[0]) => {
      writes += 1;
      if (writes > CHECKPOINT_UNITS + 80) throw new TypeError('the table is not there');
      return imports.deps.writeOrder(order);
    };
    const failed = await imports.invoke(message, { writeOrder: failing });
    expect(failed.batchItemFailures).toEqual([{ itemIdentifier: 'm-1' }]);
    expect(await imports.keys()).not.toContain(`${key}.report.json`);
    await imports.invokeToTheEnd(message);
    const report = await imports.reportOf(key);
    expect(report).toMatchObject({ rows: orders, rejected: 0 });
    expect(report.orders.written).toBeGreaterThanOrEqual(CHECKPOINT_UNITS);
    expect(report.orders.written + report.orders.alreadyThere).toBe(orders);
    expect(await imports.orders()).toHaveLength(orders);
  });

  it('that ends between its last checkpoint and its report only writes the report', async () => {
    const message = await imports.put(key, CONTENT.ndjson);
    await imports.invokeToTheEnd(message);
    const report = await imports.reportOf(key);
    await imports.s3.send(new DeleteObjectCommand({ Bucket: imports.name, Key: `${key}.report.json` }));
    await imports.invokeToTheEnd(message);
    expect(await imports.reportOf(key)).toEqual(report);
  });

  it('that gets nowhere in an invocation fails, so that it ends on the dead-letter queue', async () => {
    const message = await imports.put(key, CONTENT.ndjson);
    expect((await imports.invoke(message, { ordersMax: 0 })).batchItemFailures).toHaveLength(1);
    expect(imports.log.lines.join()).toContain('import-stuck');
    expect(await imports.continuation()).toBeUndefined();
  });
});

describe('a message', () => {
  it('with which S3 tries the queue is done', async () => {
    const test = {
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: '2026-03-01T12:00:00.000Z',
      Bucket: 'b',
      RequestId: 'r',
      HostId: 'h',
    };
    expect((await imports.invoke(JSON.stringify(test))).batchItemFailures).toEqual([]);
  });

  it.each(['no JSON', '{}', '{"Records":[]}'])('that is not of S3 fails: %s', async (body) => {
    expect((await imports.invoke(body)).batchItemFailures).toHaveLength(1);
  });
});
