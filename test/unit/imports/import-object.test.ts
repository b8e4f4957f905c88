import { beforeEach, expect, it } from 'vitest';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { ObjectDeletedError } from '../../../pipelines/imports/errors.ts';
import { importObject } from '../../../pipelines/imports/import-object.ts';
import { reportKey } from '../../../pipelines/imports/import-store.ts';
import { conditionalBucket } from '../../builders/imports/conditional-bucket.ts';

const KEY = 'imports/orders.ndjson';
const NEWER = '0055AED6DCD90281E5';

let bucket: ReturnType<typeof conditionalBucket>;
beforeEach(() => {
  bucket = conditionalBucket();
});
/** Puts an object without a row, whose etag names its content. */
const put = (etag: string) => bucket.objects.set(KEY, { text: '', etag: `"${etag}"` });
const importRun = (run: string) => {
  const source = { bucket: 'imports', key: KEY, etag: undefined, run };
  const deps = {
    s3: bucket.client(),
    clock,
    isTimeUp: () => false,
    writeOrder: async () => 'written' as const,
  };
  return importObject(deps, { ...source, format: { rows: 'ndjson', isGzipped: false } });
};

it.each([
  ['a smaller sequencer', NEWER, '0055AED6DCD90281E4'],
  ['a shorter sequencer, as if zeros followed', NEWER, '0055AED6DCD9'],
  ['a longer sequencer that is smaller', '0056', NEWER],
])('an older write of the same content leaves the report of the newer one: %s', async (_, newer, older) => {
  put('etag-1');
  await importRun(newer);
  const report = bucket.objects.get(reportKey(KEY));
  await expect(importRun(older)).rejects.toThrow(ObjectDeletedError);
  expect(bucket.objects.get(reportKey(KEY))).toBe(report);
});

it.each([
  ['a newer write of the same content', 'etag-1', '0055AED6DCD90281E6'],
  ['a write of other content, since the object is that one', 'etag-2', '0055AED6DCD90281E4'],
  ['a write whose notification had no sequencer', 'etag-1', '2026-03-01T12:00:00.000Z'],
])('%s is imported', async (_, etag, run) => {
  put('etag-1');
  await importRun(NEWER);
  put(etag);
  expect(await importRun(run)).toMatchObject({ status: 'completed', etag });
});
