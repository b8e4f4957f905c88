import * as z from 'zod';
import { type OrderStreamError, SinkRefusedError } from '../core/errors.ts';
import { SearchIndexMissingError, SearchUnavailableError } from './errors.ts';

/** What became of one operation: its HTTP status and, if it failed, the type of the error. */
export const BulkItemResult = z.object({
  status: z.int(),
  error: z.object({ type: z.string() }).optional(),
});
export type BulkItemResult = z.infer<typeof BulkItemResult>;

/** The answer to a `_bulk` request, cut down to what {@link BULK_FILTER_PATH} asks for: an item an operation, in their order. */
export const BulkAnswer = z.object({ items: z.array(z.record(z.string(), BulkItemResult)) });

/** The `filter_path` that leaves nothing in the answer but what is read here, so also no reason that quotes a document. */
export const BULK_FILTER_PATH = 'items.*.status,items.*.error.type';

const SUCCESS_BELOW = 300;
const NOT_FOUND = 404;
const TOO_MANY_REQUESTS = 429;
const SERVER_FAULT = 500;
/** No permission, or a block on the index (a full disk, say). */
const DENIED = new Set([401, 403]);
const ALIAS_MISSING = 'index_not_found_exception';
const VERSION_CONFLICT = 'version_conflict_engine_exception';

/**
 * Errors that are the deployment's fault although their status is a client's fault. `illegal_argument_exception` is what an
 * alias without a write index answers, or a missing ingest pipeline; no document that keeps the contract can bring it
 * about, since the contract's lengths stay far below the 32,766 bytes of a term.
 */
const DEPLOYMENT_FAULTS = new Set([ALIAS_MISSING, 'index_closed_exception', 'illegal_argument_exception']);

/** Whether the alias that an operation was to be written through is not there. */
export const isAliasMissing = ({ error }: BulkItemResult): boolean => error?.type === ALIAS_MISSING;

/**
 * What the result of an operation on a mirror means for its record. A mirror that has just been done away with needs nothing any
 * more. One whose mapping refuses a document that the index takes must not take the record with it: an index is compared with
 * the table before it is read from, so what it lacks keeps it from that.
 */
export function mirrorFailureOf(result: BulkItemResult): OrderStreamError | undefined {
  if (isAliasMissing(result)) return undefined;
  const failure = failureOf(result);
  return failure instanceof SinkRefusedError ? undefined : failure;
}

/**
 * What the result of one operation means for its record: `undefined` when the index is where it should be, otherwise the
 * error to fail with. A version conflict is a success: something newer is there. So is the removal of what is not there,
 * which OpenSearch answers with 404 and no error, keeping the removal's version against late writes.
 * See https://docs.opensearch.org/2.19/api-reference/document-apis/bulk/.
 */
export function failureOf({ status, error }: BulkItemResult): OrderStreamError | undefined {
  if (status < SUCCESS_BELOW || error?.type === VERSION_CONFLICT) return undefined;
  if (error === undefined) {
    return status === NOT_FOUND ? undefined : unavailable(status, 'without a reason');
  }
  const { type } = error;
  if (DEPLOYMENT_FAULTS.has(type)) {
    return new SearchIndexMissingError(`OpenSearch cannot write through the alias: ${status} ${type}`);
  }
  if (status === TOO_MANY_REQUESTS || status >= SERVER_FAULT || DENIED.has(status)) {
    return unavailable(status, type);
  }
  return new SinkRefusedError(`OpenSearch refused the document: ${status} ${type}`);
}

const unavailable = (status: number, type: string): SearchUnavailableError =>
  new SearchUnavailableError(`OpenSearch did not take the document: ${status} ${type}`);
