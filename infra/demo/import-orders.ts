import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3';
import type * as z from 'zod';
import { ImportProgress, ImportReport } from '../../contracts/imports/import-report.ts';
import { parseJson } from '../../contracts/reading.ts';
import { MS_PER_MINUTE } from '../../contracts/units.ts';
import { type RetryPolicy, withRetry } from '../../pipelines/aws/retry.ts';
import { OrderStreamError } from '../../pipelines/errors.ts';
import { progressKey, reportKey } from '../../pipelines/imports/import-store.ts';
import type { LocalSystem } from '../local/system/local-system.ts';
import { type MalformedItem, malformedItems } from './malformed-items.ts';
import type { Progress } from './progress.ts';
import type { Superstore } from './superstore.ts';
import { superstoreCsv } from './superstore.ts';

const KEY = 'imports/superstore.csv.gz';
const STALL_TIMEOUT_MS = 5 * MS_PER_MINUTE;
/** An import that was killed goes on when its message is visible again: see ImportQueue in infra/template.yaml. */
export const KILLED_TIMEOUT_MS = 35 * MS_PER_MINUTE;
const CHECK_INTERVAL_MS = 100;
/** The demo waits through an outage of a part. */
const OUTAGE_POLICY: RetryPolicy = {
  attemptsMax: 1_000,
  delayMsBase: 100,
  delayMsMax: 1_000,
  budgetMs: STALL_TIMEOUT_MS,
};

type Target = Pick<LocalSystem, 'clients' | 'names'>;

/** The import did not import every order, or made no progress. */
export class ImportIncompleteError extends OrderStreamError {
  readonly code = 'import-incomplete';
  readonly remedy = "Read the import's report in its bucket, and the log of ImportOrdersFunction.";
}

/** Puts the orders into the bucket of imports, as a user does. */
export async function putOrders(
  { clients, names }: Target,
  superstore: Pick<Superstore, 'orders'>,
  Key = KEY,
  signal?: AbortSignal,
): Promise<void> {
  const Body = await promisify(gzip)(superstoreCsv(superstore));
  const put = new PutObjectCommand({ Bucket: names['ImportBucket'], Key, Body });
  await clients.s3.send(put, signal && { abortSignal: signal });
}

/** The report of an import, or `undefined` while it runs. */
export const importReport = (
  system: Target,
  key: string,
  signal?: AbortSignal,
): Promise<ImportReport | undefined> => readObject(system, reportKey(key), ImportReport, signal);

interface ImportWait {
  /** So long the import may make no progress. */
  readonly stallMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of imported orders at each look. */
  readonly onProgress?: (imported: number) => Promise<void>;
}

/**
 * Waits until an import has ended, also through outages.
 *
 * @returns its report.
 * @throws ImportIncompleteError after `stallMs` without progress; the reason of `signal` if that aborts.
 */
export async function untilImported(
  system: Target,
  key: string,
  { stallMs, signal, onProgress = async () => undefined }: ImportWait,
): Promise<ImportReport> {
  let deadlineMs = Date.now() + stallMs;
  let seen: string | undefined;
  try {
    while (Date.now() < deadlineMs) {
      const report = await importReport(system, key, signal);
      if (report !== undefined) return report;
      const state = await readObject(system, progressKey(key), ImportProgress, signal);
      const position = JSON.stringify(state?.position);
      if (position !== seen) deadlineMs = Date.now() + stallMs;
      seen = position;
      await onProgress(state === undefined ? 0 : importedOf(state));
      await sleep(CHECK_INTERVAL_MS, undefined, { signal });
    }
  } catch (error) {
    // A cancelled request fails with an error of its own.
    signal?.throwIfAborted();
    throw error;
  }
  const minutes = stallMs / MS_PER_MINUTE;
  throw new ImportIncompleteError(`The import has made no progress for ${minutes} minutes`);
}

/**
 * Follows the import of the orders, also through outages, and puts malformed items into the table in the middle of it.
 *
 * @throws ImportIncompleteError unless all orders are imported, with at most five minutes between two checkpoints.
 */
export async function followImport(
  system: Target,
  { orders }: Superstore,
  progress: Progress,
): Promise<readonly MalformedItem[]> {
  const malformed = malformedItems();
  const bar = progress('Importing orders', orders.length);
  let shown = 0;
  let isMalformedPut = false;
  const show = async (imported: number): Promise<void> => {
    for (; shown < imported; shown += 1) bar.advance();
    if (isMalformedPut || imported < orders.length / 2) return;
    isMalformedPut = true;
    await putItems(system, malformed);
  };
  try {
    const report = await untilImported(system, KEY, { stallMs: STALL_TIMEOUT_MS, onProgress: show });
    const imported = importedOf(report);
    if (report.status === 'failed' || imported !== orders.length)
      throw new ImportIncompleteError(`${imported} of ${orders.length} orders were imported`);
    await show(imported);
    return malformed;
  } finally {
    bar.end();
  }
}

const importedOf = ({ orders }: Pick<ImportReport, 'orders'>): number => orders.written + orders.alreadyThere;

async function putItems({ clients, names }: Target, items: readonly MalformedItem[]): Promise<void> {
  await Promise.all(
    items.map(({ item }) =>
      throughOutages(() =>
        clients.dynamoDb.send(new PutItemCommand({ TableName: names['Table'], Item: item })),
      ),
    ),
  );
}

/** The content of an object of the bucket, or `undefined` if it does not exist. */
async function readObject<Schema extends z.ZodType>(
  { clients, names }: Target,
  key: string,
  schema: Schema,
  signal: AbortSignal | undefined,
): Promise<z.infer<Schema> | undefined> {
  try {
    const text = await throughOutages(async () => {
      const { Body } = await clients.s3.send(
        new GetObjectCommand({ Bucket: names['ImportBucket'], Key: key }),
        signal && { abortSignal: signal },
      );
      return (await Body?.transformToString()) ?? '';
    }, signal);
    return parseJson(schema, text);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

const throughOutages = <Result>(send: () => Promise<Result>, signal?: AbortSignal): Promise<Result> =>
  withRetry(send, { policy: OUTAGE_POLICY, signal });
