import { isDeepStrictEqual } from 'node:util';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ImportReport, RejectedRow } from '../../contracts/imports/import-report.ts';
import { ImportProgress } from '../../contracts/imports/import-report.ts';
import { readJson } from '../../contracts/reading.ts';
import { awsErrorKind } from '../aws/aws-errors.ts';
import { withRetry } from '../aws/retry.ts';
import { ImportTakenOverError } from './errors.ts';
import { S3_RETRY } from './imported-object.ts';

const PART_DIGITS = 6;

/** The key of the report of an imported object. */
export const reportKey = (key: string): string => `${key}.report.json`;
/** The key of the progress of an import. */
export const progressKey = (key: string): string => `${key}.progress.json`;
/** The key of a part of its rejected rows, counted from 1. The etag separates the rejected rows of two objects under one key. */
export const partKey = (key: string, etag: string, part: number): string =>
  `${key}.rejected-${etag}-${String(part).padStart(PART_DIGITS, '0')}.jsonl`;

/** The objects that an import keeps beside the one that it reads. None has a suffix that is imported. */
export class ImportStore {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #key: string;
  /** Of the progress object as this import knows it; `undefined` while there is none. */
  #progressEtag: string | undefined;

  constructor(s3: S3Client, { bucket, key }: { readonly bucket: string; readonly key: string }) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#key = key;
  }

  /** The newest progress, or `undefined` where there is none that this version can read. */
  async readProgress(): Promise<ImportProgress | undefined> {
    const { text, etag } = await this.#readProgressText();
    this.#progressEtag = etag;
    return text === undefined ? undefined : parsed(text);
  }

  /**
   * Writes the progress, if it is still the one that this import has read or written last.
   *
   * @throws ImportTakenOverError when another import of the object has written meanwhile.
   */
  async writeProgress(progress: ImportProgress): Promise<void> {
    try {
      const { ETag } = await this.#put(progressKey(this.#key), JSON.stringify(progress), {
        ...(this.#progressEtag === undefined ? { IfNoneMatch: '*' } : { IfMatch: this.#progressEtag }),
      });
      this.#progressEtag = ETag;
    } catch (error) {
      if (awsErrorKind(error) !== 'condition') throw error;
      // The SDK sends a request again when its response is lost, and then finds its own object.
      const isOwn = isDeepStrictEqual(await this.readProgress(), progress);
      if (!isOwn) throw new ImportTakenOverError('Another invocation imports the object', { cause: error });
    }
  }

  /** Writes a part of the rejected rows: a repeat writes the same again. */
  async writePart(etag: string, part: number, rows: readonly RejectedRow[]): Promise<void> {
    const body = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await this.#put(partKey(this.#key, etag, part), body);
  }

  async writeReport(report: ImportReport): Promise<void> {
    await this.#put(reportKey(this.#key), JSON.stringify(report, undefined, 2));
  }

  async #readProgressText(): Promise<{ readonly text?: string; readonly etag?: string | undefined }> {
    try {
      return await withRetry(
        async () => {
          const { Body, ETag } = await this.#s3.send(
            new GetObjectCommand({ Bucket: this.#bucket, Key: progressKey(this.#key) }),
          );
          return { text: (await Body?.transformToString()) ?? '', etag: ETag };
        },
        { policy: S3_RETRY },
      );
    } catch (error) {
      if (error instanceof NoSuchKey) return {};
      throw error;
    }
  }

  #put(
    key: string,
    body: string,
    condition: { readonly IfMatch?: string; readonly IfNoneMatch?: string } = {},
  ) {
    const ContentType = key.endsWith('.json') ? 'application/json' : 'application/x-ndjson';
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: body,
      ContentType,
      ...condition,
    });
    return withRetry(() => this.#s3.send(command), { policy: S3_RETRY });
  }
}

/** `undefined` for an object of another writer: the import then starts again, which is safe, and overwrites it. */
const parsed = (text: string): ImportProgress | undefined => readJson(ImportProgress, text).data;
