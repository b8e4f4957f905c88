import { Instant } from '../../../contracts/ids.ts';
import type { ImportProgress } from '../../../contracts/imports/import-report.ts';
import { newProgress } from '../../../pipelines/imports/import-object.ts';

/** An import that has just begun. */
export const begunImport = (): ImportProgress =>
  newProgress('run-1', 'etag-1', Instant.parse('2026-03-01T12:00:00.000Z'));
