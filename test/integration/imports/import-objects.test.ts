import { gzipSync } from 'node:zlib';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { REPORTED_ROWS_MAX } from '../../../contracts/imports/import-report.ts';
import { CHECKPOINT_UNITS } from '../../../pipelines/imports/import-run.ts';
import { CSV_HEADER, csvRow, importedOrder, linesOf } from '../../builders/imports/imports.ts';
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

const csvOf = (...rows: readonly string[]): string => linesOf([CSV_HEADER, ...rows]);
/** An order whose two rows have another order between them. */
const SCATTERED = csvOf(
  csvRow({ sourceId: 'U-1', sku: 'SKU-1' }),
  csvRow({ sourceId: 'U-2' }),
  csvRow({ sourceId: 'U-1', sku: 'SKU-2' }),
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

  it('becomes the same orders and report when the time expires after every single one', async () => {
    const complete = await startImports();
    const content = encode(contentOf(suffix));
    expect(await complete.invokeToTheEnd(await complete.put(key, content))).toBe(1);
    expect(await imports.invokeToTheEnd(await imports.put(key, content), 1)).toBeGreaterThan(2);
    const { startedAt: _, finishedAt: __, object: ___, ...report } = await imports.reportOf(key);
    expect(await complete.reportOf(key)).toMatchObject(report);
    expect(sourceIdsOf(await imports.orders())).toEqual(sourceIdsOf(await complete.orders()));
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

  it('that is replaced before it is read leaves its orders to the message of the new one', async () => {
    const older = await imports.put(key, CONTENT.ndjson);
    const newer = await imports.put(key, manyOrders(5));
    expect((await imports.invoke(older)).batchItemFailures).toEqual([]);
    expect(await imports.keys()).toEqual([key]);
    await imports.invokeToTheEnd(newer);
    expect(await imports.reportOf(key)).toMatchObject({ rows: 5 });
  });

  it('that is replaced between two invocations is started again, and the old message ends', async () => {
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

  it('of another format is ignored', async () => {
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

  it('that fails in the middle continues from its last checkpoint', async () => {
    const message = await imports.put(key, manyOrders(orders));
    let writes = 0;
    const failing = async (order: Parameters<typeof imports.deps.writeOrder>[0]) => {
      writes += 1;
      if (writes > CHECKPOINT_UNITS + 80) throw new TypeError('the table does not exist');
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

  it('of an object that is delivered twice changes nothing the second time', async () => {
    const csvKey = `${KEY}.csv`;
    const message = await imports.put(csvKey, SCATTERED);
    await imports.invokeToTheEnd(message, 1);
    const [report, orders] = [await imports.reportOf(csvKey), await imports.orders()];
    await imports.invokeToTheEnd(message);
    expect([await imports.reportOf(csvKey), await imports.orders()]).toEqual([report, orders]);
  });

  it('that gets nowhere in an invocation has a report that says so', async () => {
    const message = await imports.put(key, CONTENT.ndjson);
    expect((await imports.invoke(message, { ordersMax: 0 })).batchItemFailures).toEqual([]);
    expect(await imports.reportOf(key)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('split the object'),
      orders: { written: 0 },
    });
    expect(await imports.continuation()).toBeUndefined();
  });

  it('for which there is no time from the first fails, so that its message comes again', async () => {
    const message = await imports.put(key, CONTENT.ndjson);
    const noTime = { reserveMs: Number.MAX_SAFE_INTEGER };
    expect((await imports.invoke(message, noTime)).batchItemFailures).toHaveLength(1);
    expect(imports.log.lines.join()).toContain('import-stuck');
    expect(await imports.continuation()).toBeUndefined();
  });
});

describe('a CSV', () => {
  const key = `${KEY}.csv`;

  it('with rows of an order that are not together places nothing of it, until it is sorted', async () => {
    await imports.invokeToTheEnd(await imports.put(key, SCATTERED));
    expect(sourceIdsOf(await imports.orders())).toEqual(['U-2']);
    const reason = expect.stringContaining('not together');
    expect(await imports.reportOf(key)).toMatchObject({
      status: 'completed',
      rejected: 2,
      rejectedRows: [
        { line: 2, reason },
        { line: 4, reason },
      ],
    });
    const [header = '', ...rows] = SCATTERED.trimEnd().split('\n');
    await imports.invokeToTheEnd(await imports.put(key, linesOf([header, ...rows.toSorted()])));
    expect(await imports.reportOf(key)).toMatchObject({
      orders: { written: 1, alreadyThere: 1 },
      rejected: 0,
    });
    const placed = (await imports.orders()).find(({ sourceId }) => sourceId === 'U-1');
    expect(placed?.lines.map(({ sku }) => sku)).toEqual(['SKU-1', 'SKU-2']);
  });

  it('whose gzip has zeros between its members has failed, with nothing placed', async () => {
    const [first, second] = [csvOf(csvRow({ sourceId: 'Z-1' })), linesOf([csvRow({ sourceId: 'Z-2' })])];
    const content = Buffer.concat([gzipSync(first), Buffer.alloc(512), gzipSync(second)]);
    await imports.invokeToTheEnd(await imports.put(`${key}.gz`, content));
    expect(await imports.reportOf(`${key}.gz`)).toMatchObject({ status: 'failed', rows: 0 });
    expect(await imports.orders()).toEqual([]);
  });

  it('of two exports with byte order marks has the orders of both', async () => {
    const exported = (sourceId: string): string => `\uFEFF${csvOf(csvRow({ sourceId }))}`;
    const headless = `\uFEFF${linesOf([csvRow({ sourceId: 'C-3' })])}`;
    await imports.invokeToTheEnd(await imports.put(key, exported('C-1') + exported('C-2') + headless));
    expect(sourceIdsOf(await imports.orders())).toEqual(['C-1', 'C-2', 'C-3']);
    expect((await imports.reportOf(key)).rejectedRows.map(({ line }) => line)).toEqual([3]);
  });

  it.each([' ', '\t \t', '\u00A0', '\uFEFF', '\u200B', ',,,,,,,,,,,', ' , ,"",'])(
    'that ends with a row of blanks is complete: %j',
    async (blanks) => {
      await imports.invokeToTheEnd(await imports.put(key, `${csvOf(csvRow())}${blanks}`));
      expect(await imports.reportOf(key)).toMatchObject({ rows: 1, orders: { written: 1 }, rejected: 0 });
    },
  );
});

describe('many bytes with few rows', () => {
  it('are read in several invocations, each of which gets further', async () => {
    const [first, last] = [importedOrder({ sourceId: 'S-1' }), importedOrder({ sourceId: 'S-2' })];
    const blanks = '\n'.repeat(3_000_000);
    const content = gzipSync(`${JSON.stringify(first)}\n${blanks}${JSON.stringify(last)}`);
    const key = `${KEY}.ndjson.gz`;
    expect(await imports.invokeToTheEnd(await imports.put(key, content), 250)).toBeGreaterThan(1);
    expect(await imports.reportOf(key)).toMatchObject({
      status: 'completed',
      rows: 2,
      orders: { written: 2 },
    });
  });
});

/** What a row may hold in the place of an order. */
const BAD_ORDERS: readonly (readonly [string, string])[] = [
  ['an odd length', '{"sourceId":{"length":{"toString":null}},"userId":"imp1"}'],
  ['a prototype', `{"__proto__":{"sourceId":"S-1"},${JSON.stringify(importedOrder()).slice(1)}`],
  ['no JSON', '{"sourceId":'],
  ['no object', '[null]'],
  ['null', 'null'],
  ['a lost character', JSON.stringify({ ...importedOrder(), sourceId: 'S\uFFFD' })],
  ['a lost character in an escape', JSON.stringify(importedOrder()).replace('Ada', '\\ufffd')],
  ['half a character', JSON.stringify(importedOrder()).replace('Ada', '\\ud800')],
  ['a number that is too large', JSON.stringify(importedOrder()).replace('2500', '1e400')],
  ['an id of invisible characters', JSON.stringify({ ...importedOrder(), sourceId: ' \u200B\uFEFF ' })],
  ['a nested value', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['a text that is too long', JSON.stringify({ ...importedOrder(), sourceId: 'S'.repeat(300_000) })],
  ['bytes that are no UTF-8', 'latin1'],
];
const bytesOf = (text: string): Buffer =>
  text === 'latin1'
    ? Buffer.from(JSON.stringify(importedOrder()).replace('Ada', 'J\xfcrgen'), 'latin1')
    : Buffer.from(text);

describe('bad rows among good ones', () => {
  const good = Array.from({ length: 10 }, (_, index) => `G-${index}`);

  it('of NDJSON are rejected, each kind with a reason, and the good ones imported', async () => {
    const lines = Array.from({ length: Math.max(good.length, BAD_ORDERS.length) }, (_, index) => [
      ...good
        .slice(index, index + 1)
        .map((sourceId) => Buffer.from(JSON.stringify(importedOrder({ sourceId })))),
      ...BAD_ORDERS.slice(index, index + 1).map(([, text]) => bytesOf(text)),
    ]).flat();
    const key = `${KEY}.ndjson`;
    await imports.invokeToTheEnd(
      await imports.put(key, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))),
    );
    expect(sourceIdsOf(await imports.orders())).toEqual(good);
    const report = await imports.reportOf(key);
    expect(report).toMatchObject({ status: 'completed', rejected: BAD_ORDERS.length });
    for (const { reason } of report.rejectedRows) expect(reason).not.toBe('');
  });

  it('of CSV are rejected, each kind with a reason, and the good ones imported', async () => {
    const bad = [
      ...['x', '1e2', '+1', '1.0', '-1', '0', '', '99999999999999999999'].map((quantity) =>
        csvRow({ quantity }),
      ),
      csvRow({ name: '' }),
      csvRow({ name: '"Oak\r\nchair"' }),
      csvRow({ name: 'Oak\uFFFD' }),
      csvRow({ name: 'Oak\u0000' }),
      csvRow({ placedAt: '2014-02-30T12:00:00.000Z' }),
      csvRow({ placedAt: 'yesterday' }),
      csvRow({ amount: '999999999999999' }),
      csvRow({ currency: 'dollars' }),
      csvRow({ name: 'J\xfcrgen' }),
    ].map((row, index) => row.replace('S-1', `B-${index}`));
    const rows = bad.flatMap((row, index) => [
      Buffer.from(row, row.includes('\xfc') ? 'latin1' : 'utf8'),
      ...good.slice(index, index + 1).map((sourceId) => Buffer.from(csvRow({ sourceId }))),
    ]);
    const key = `${KEY}.csv`;
    const content = [Buffer.from(CSV_HEADER), ...rows].flatMap((row) => [row, Buffer.from('\n')]);
    await imports.invokeToTheEnd(await imports.put(key, Buffer.concat(content)));
    expect(sourceIdsOf(await imports.orders())).toEqual(good);
    expect(await imports.reportOf(key)).toMatchObject({ status: 'completed', rejected: bad.length });
  });
});

describe('an object that is put twice', () => {
  it.each(['0', '-0', '0.0', '-0e5', '1', '1.0', '1e0', '10e-1', '1000', '1e3', '1E+3', '1000.0'])(
    'becomes the same order, also with another spelling of its numbers: %s',
    async (amount) => {
      const key = `${KEY}.ndjson`;
      const spelled = (spelling: string) => JSON.stringify(importedOrder()).replace('2500', spelling);
      await imports.invokeToTheEnd(await imports.put(key, spelled(amount)));
      const before = await imports.orders();
      expect(before).toHaveLength(1);
      for (const spelling of [amount, `${Number(amount)}`]) {
        await imports.invokeToTheEnd(await imports.put(key, spelled(spelling)));
        expect(await imports.reportOf(key)).toMatchObject({
          orders: { written: 0, alreadyThere: 1 },
          rejected: 0,
        });
      }
      expect(await imports.orders()).toEqual(before);
    },
  );

  it.each(['7', '07', '0000007'])('becomes the same order of a CSV: %s', async (quantity) => {
    const key = `${KEY}.csv`;
    await imports.invokeToTheEnd(await imports.put(key, csvOf(csvRow({ quantity }))));
    const before = await imports.orders();
    await imports.invokeToTheEnd(await imports.put(key, csvOf(csvRow({ quantity: '7' }))));
    expect(await imports.orders()).toEqual(before);
    expect(await imports.reportOf(key)).toMatchObject({ orders: { written: 0, alreadyThere: 1 } });
  });

  it('becomes the same order, with any invisible characters and blanks in its ids', async () => {
    const key = `${KEY}.csv`;
    const spelled = { sourceId: '\u200E S\u00AD-1\u00A0', userId: ' u-1', sku: 'SKU\u200B-1 ' };
    await imports.invokeToTheEnd(await imports.put(key, csvOf(csvRow(spelled))));
    expect(await imports.orders()).toMatchObject([
      { sourceId: 'S-1', userId: 'u-1', lines: [{ sku: 'SKU-1' }] },
    ]);
    await imports.invokeToTheEnd(await imports.put(key, csvOf(csvRow())));
    expect(await imports.reportOf(key)).toMatchObject({ orders: { written: 0, alreadyThere: 1 } });
  });
});

describe('bad messages among good ones', () => {
  const BAD_RECORDS = [
    null,
    [],
    {},
    { length: { toString: null } },
    { eventSource: 'aws:s3', s3: { object: { key: '%' } } },
  ];
  const recordsOf = (message: string): readonly unknown[] => JSON.parse(message).Records;

  it('fail alone', async () => {
    const good = await imports.put(`${KEY}-1.ndjson`, JSON.stringify(importedOrder({ sourceId: 'S-1' })));
    const deleted = await imports.put('imports/gone.ndjson', '');
    await imports.s3.send(new DeleteObjectCommand({ Bucket: imports.name, Key: 'imports/gone.ndjson' }));
    const other = await imports.put(`${KEY}-2.ndjson`, JSON.stringify(importedOrder({ sourceId: 'S-2' })));
    const bad = ['', 'no JSON', 'null', '{}', '{"Records":[]}', '{"Records":{"length":{"toString":null}}}'];
    const withRecords = BAD_RECORDS.map((record) => JSON.stringify({ Records: [record] }));
    const { batchItemFailures } = await imports.invokeWith([good, ...bad, ...withRecords, deleted, other]);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(
      [...bad, ...withRecords].map((_, index) => `m-${index + 2}`),
    );
    expect(sourceIdsOf(await imports.orders())).toEqual(['S-1', 'S-2']);
  });

  it('are not the end of the good records beside them in one message', async () => {
    const good = await imports.put(`${KEY}-1.ndjson`, JSON.stringify(importedOrder({ sourceId: 'S-1' })));
    const other = await imports.put(`${KEY}-2.ndjson`, JSON.stringify(importedOrder({ sourceId: 'S-2' })));
    const Records = [...recordsOf(good), ...BAD_RECORDS, ...recordsOf(other)];
    const { batchItemFailures } = await imports.invoke(JSON.stringify({ Records }));
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'm-1' }]);
    expect(sourceIdsOf(await imports.orders())).toEqual(['S-1', 'S-2']);
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
