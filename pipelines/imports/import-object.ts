import type { S3Client } from '@aws-sdk/client-s3';
import type { Instant } from '../../contracts/ids.ts';
import type { ImportProgress, ImportReport } from '../../contracts/imports/import-report.ts';
import { BEGINNING } from '../../contracts/imports/import-report.ts';
import { instantOf } from '../clock.ts';
import { ImportStuckError, ObjectDeletedError } from './errors.ts';
import { ImportRun, type ImportRunDeps } from './import-run.ts';
import { ImportStore, partKey } from './import-store.ts';
import { ImportedObject, type ObjectSource } from './imported-object.ts';
import type { ObjectFormat } from './object-content.ts';

/** The dependencies of an import. */
export type ImportObjectDeps = Pick<ImportRunDeps, 'writeOrder' | 'clock' | 'isTimeUp'> & {
  readonly s3: S3Client;
};

/** One write of an object, to be imported. */
export interface ImportSource extends ObjectSource {
  readonly format: ObjectFormat;
  /** Differs for another write of the same object. */
  readonly run: string;
}

/**
 * Imports an object, or continues after an earlier call, and puts the report beside it. `undefined` when the time
 * ended first: another call continues from there. Any call may be repeated, also after the end of the import.
 *
 * @throws ObjectDeletedError, ImportTakenOverError; ImportStuckError when there was no time from the start; the SDK's error
 * when the table or S3 does not serve.
 */
export async function importObject(
  { s3, ...deps }: ImportObjectDeps,
  source: ImportSource,
): Promise<ImportReport | undefined> {
  if (deps.isTimeUp()) throw new ImportStuckError('The time ended before anything was read');
  const { format } = source;
  const object = await ImportedObject.open(s3, source);
  const store = new ImportStore(s3, source);
  const earlier = await store.readProgress();
  if (earlier?.etag === object.etag && isNewer(earlier.run, source.run))
    throw new ObjectDeletedError('The object has been written again');
  const begun =
    earlier?.run === source.run ? earlier : newProgress(source.run, object.etag, instantOf(deps.clock.now()));
  const progress =
    begun.finishedAt === undefined
      ? await new ImportRun({ ...deps, object, format, store }, begun).run()
      : begun;
  if (progress.finishedAt === undefined) return undefined;
  const report = reportOf(source, progress, progress.finishedAt);
  await store.writeReport(report);
  return report;
}

const SEQUENCER = /^[0-9A-F]+$/i;

/**
 * Whether one write of an object is newer than another, by the sequencers of their notifications. They may differ in length: the
 * shorter one is compared as if zeros followed. `false` where a notification had none.
 * See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html.
 */
function isNewer(run: string, other: string): boolean {
  if (!SEQUENCER.test(run) || !SEQUENCER.test(other)) return false;
  const digits = Math.max(run.length, other.length);
  const padded = (sequencer: string): string => sequencer.toUpperCase().padEnd(digits, '0');
  return padded(run) > padded(other);
}

/** The progress of an import that has not started. */
export const newProgress = (run: string, etag: string, startedAt: Instant): ImportProgress => ({
  schema: 'order-stream/import-progress/1',
  run,
  etag,
  startedAt,
  position: BEGINNING,
  rows: 0,
  orders: { written: 0, alreadyThere: 0 },
  rejected: 0,
  rejectedLeftOut: 0,
  rejectedRows: [],
  pendingRows: [],
  partsWritten: 0,
});

function reportOf(
  { bucket, key }: ObjectSource,
  {
    etag,
    rows,
    orders,
    rejected,
    rejectedLeftOut,
    rejectedRows,
    partsWritten,
    startedAt,
    failure,
  }: ImportProgress,
  finishedAt: Instant,
): ImportReport {
  const report = {
    schema: 'order-stream/import-report/1',
    object: { bucket, key },
    etag,
    rows,
    orders,
    rejected,
    rejectedLeftOut,
    rejectedRows,
    rejectedParts: Array.from({ length: partsWritten }, (_, index) => partKey(key, etag, index + 1)),
    startedAt,
    finishedAt,
  } as const;
  return failure === undefined
    ? { ...report, status: 'completed' }
    : { ...report, status: 'failed', reason: failure };
}
