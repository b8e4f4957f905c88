import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3';
import type * as z from 'zod';
import { ImportProgress } from '../../../contracts/imports/import-progress.ts';
import { ImportReport } from '../../../contracts/imports/import-report.ts';
import { OrderStreamError } from '../../../pipelines/core/errors.ts';
import { progressKey, reportKey } from '../../../pipelines/imports/import-store.ts';
import type { LocalSystem } from '../local-system.ts';
import { type MalformedItem, malformedItems } from './malformed-items.ts';
import type { Progress } from './progress.ts';
import type { Superstore } from './superstore.ts';
import { superstoreCsv } from './superstore-csv.ts';

const KEY = 'imports/superstore.csv.gz';
const STALL_TIMEOUT_MS = 300_000;
const LOOK_INTERVAL_MS = 100;

type Target = Pick<LocalSystem, 'clients' | 'names'>;

/** The import did not take every order, or stood still. */
export class ImportIncompleteError extends OrderStreamError {
  readonly code = 'import-incomplete';
  readonly remedy = "See the import's report in its bucket, and what ImportOrdersFunction has logged.";
}

/**
 * Puts the orders into the bucket of imports as anybody would, and malformed items into the table in the middle of it.
 *
 * @throws ImportIncompleteError unless each of them is imported, with no more than five minutes between two checkpoints.
 */
export async function importAll(
  system: Target,
  superstore: Superstore,
  progress: Progress,
): Promise<readonly MalformedItem[]> {
  const { orders } = superstore;
  const malformed = malformedItems();
  const bar = progress('Importing orders', orders.length);
  await putObject(system, superstore);
  let deadlineMs = Date.now() + STALL_TIMEOUT_MS;
  let shown = 0;
  let isMalformedPut = false;
  const show = async (imported: number): Promise<void> => {
    if (imported > shown) deadlineMs = Date.now() + STALL_TIMEOUT_MS;
    for (; shown < imported; shown += 1) bar.advance();
    if (isMalformedPut || imported < orders.length / 2) return;
    isMalformedPut = true;
    await putItems(system, malformed);
  };
  try {
    while (Date.now() < deadlineMs) {
      const report = await readObject(system, reportKey(KEY), ImportReport);
      if (report !== undefined) {
        if (report.status === 'failed' || importedOf(report) !== orders.length) break;
        await show(orders.length);
        return malformed;
      }
      const state = await readObject(system, progressKey(KEY), ImportProgress);
      await show(state === undefined ? 0 : importedOf(state));
      await sleep(LOOK_INTERVAL_MS);
    }
    throw new ImportIncompleteError(`${shown} of ${orders.length} orders were imported`);
  } finally {
    bar.end();
  }
}

const importedOf = ({ orders }: Pick<ImportReport, 'orders'>): number => orders.written + orders.alreadyThere;

async function putObject({ clients, names }: Target, superstore: Superstore): Promise<void> {
  const Body = await promisify(gzip)(superstoreCsv(superstore));
  await clients.s3.send(new PutObjectCommand({ Bucket: names['ImportBucket'], Key: KEY, Body }));
}

async function putItems({ clients, names }: Target, items: readonly MalformedItem[]): Promise<void> {
  await Promise.all(
    items.map(({ item }) =>
      clients.dynamoDb.send(new PutItemCommand({ TableName: names['Table'], Item: item })),
    ),
  );
}

/** What an object of the bucket says, or `undefined` while it is not there. */
async function readObject<Schema extends z.ZodType>(
  { clients, names }: Target,
  key: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  try {
    const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: names['ImportBucket'], Key: key }));
    return schema.parse(JSON.parse((await Body?.transformToString()) ?? ''));
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
