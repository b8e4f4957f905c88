import * as z from 'zod';
import type { Version } from '../../../contracts/ids.ts';
import { read } from '../../../contracts/reading.ts';
import { type OrderStreamError, SinkRefusedError } from '../../errors.ts';
import type { StreamChange } from '../../stream/stream-change.ts';
import { addressOf, type DocumentAddress, documentOf, type SearchDocument } from '../documents.ts';
import type { EmailHash } from '../email-hash.ts';
import { SearchIndexMissingError, SearchUnavailableError } from '../errors.ts';
import { type HEARTBEATS_INDEX, type IndexName, shadowAlias, writeAlias } from '../index-names.ts';
import { errorType, type OpenSearchClient, openSearchResponse, type Timeouts } from '../open-search.ts';

/** One operation of a `_bulk` request, serialised for the request. */
export interface BulkOperation {
  readonly kind: 'index' | 'delete';
  readonly index: IndexName | typeof HEARTBEATS_INDEX;
  /** The alias that it is written through: one of the index's aliases. */
  readonly alias: string;
  readonly ndjson: string;
}

/**
 * A write replaces an older version, and is refused by a newer one; the same version again changes nothing.
 * See https://docs.opensearch.org/2.19/api-reference/document-apis/index-document/.
 */
const VERSION_TYPE = 'external_gte';

/** The operation that applies `change` to the index; `undefined` for an item that is not searched. */
export function bulkOperationOf(change: StreamChange, hashEmail: EmailHash): BulkOperation | undefined {
  if (change.kind === 'REMOVE') {
    const address = addressOf(change.oldItem);
    return address && deleteOperation(address, change.version);
  }
  const document = documentOf(change.newItem, hashEmail);
  return document && indexOperation(document);
}

/** The operation that writes a document, unless the index holds a newer version of it. */
export function indexOperation(
  { index, id, version, source }: SearchDocument,
  alias = writeAlias(index),
): BulkOperation {
  const action = { index: { _index: alias, _id: id, version, version_type: VERSION_TYPE } };
  return {
    kind: 'index',
    index,
    alias,
    ndjson: `${JSON.stringify(action)}\n${JSON.stringify(source)}\n`,
  };
}

/** The operation that deletes a document from the index, unless the index holds a newer version than the removal's. */
export function deleteOperation(
  { index, id }: DocumentAddress,
  version: Version,
  alias = writeAlias(index),
): BulkOperation {
  const action = { delete: { _index: alias, _id: id, version, version_type: VERSION_TYPE } };
  return { kind: 'delete', index, alias, ndjson: `${JSON.stringify(action)}\n` };
}

/** The same operation on the shadow of its index. */
export function shadowed({ kind, index, alias, ndjson }: BulkOperation): BulkOperation {
  const shadow = shadowAlias(index);
  // The alias is in the action only, which comes first and holds no text that a caller chose before the alias.
  return {
    kind,
    index,
    alias: shadow,
    ndjson: ndjson.replace(JSON.stringify(alias), JSON.stringify(shadow)),
  };
}

/** The result of one operation: its HTTP status and, if it failed, the type of the error. */
export const BulkItemResult = z.object({
  status: z.int(),
  error: z.object({ type: z.string() }).optional(),
});
export type BulkItemResult = z.infer<typeof BulkItemResult>;

/** The response to a `_bulk` request, reduced to what {@link BULK_FILTER_PATH} selects: one item for each operation, in their order. */
const BulkResponse = z.object({ items: z.array(z.record(z.string(), BulkItemResult)) });

/** The `filter_path` that reduces the response to what is read here, so that it holds no reason that quotes a document. */
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
 * Errors of the deployment, although their status is a client error. `illegal_argument_exception` is the response of an
 * alias without a write index, or of a missing ingest pipeline. No document that keeps the contract can cause it,
 * since the contract's lengths stay far below the 32,766 bytes of a term.
 */
const DEPLOYMENT_FAULTS = new Set([ALIAS_MISSING, 'index_closed_exception', 'illegal_argument_exception']);

/** Whether the alias of an operation does not exist. */
export const isAliasMissing = ({ error }: BulkItemResult): boolean => error?.type === ALIAS_MISSING;

/**
 * What the result of an operation on a shadow index means for its record. A shadow index that has just been deleted needs nothing.
 * A shadow index whose mapping refuses a document that the live index accepts must not fail the record: an index is compared with
 * the table before it is read from, so that a missing document prevents the swap.
 */
export function shadowFailureOf(result: BulkItemResult): OrderStreamError | undefined {
  if (isAliasMissing(result)) return undefined;
  const failure = failureOf(result);
  return failure instanceof SinkRefusedError ? undefined : failure;
}

/**
 * What the result of one operation means for its record: `undefined` when the index is correct, otherwise the
 * error to fail with. A version conflict is a success: the index holds a newer version. So is the removal of a document that
 * does not exist: OpenSearch responds with 404 and no error, and keeps the removal's version against late writes.
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
  new SearchUnavailableError(`OpenSearch did not accept the document: ${status} ${type}`);

const HTTP_OK = 200;

/** The id in {@link aliasGuard}; no document has it, since no id of ours holds a space. */
const GUARD_ID = 'alias guard';

/**
 * Sends operations in one `_bulk` request, and returns a result for each, in their order. Nothing is written where an
 * operation's alias is missing.
 *
 * @throws SearchUnavailableError when the complete request failed; OutOfTimeError.
 */
export async function sendBulk(
  client: OpenSearchClient,
  operations: readonly BulkOperation[],
  timeouts: Timeouts,
): Promise<readonly BulkItemResult[]> {
  const guards = unguardedDeletes(operations).map(aliasGuard);
  const response = await openSearchResponse(
    client,
    {
      method: 'POST',
      path: '/_bulk',
      querystring: { require_alias: 'true', filter_path: BULK_FILTER_PATH },
      bulkBody: guards.join('') + operations.map(({ ndjson }) => ndjson).join(''),
    },
    timeouts,
  );
  const parsed = read(BulkResponse, response.body);
  if (response.status !== HTTP_OK || !parsed.success) {
    throw new SearchUnavailableError(
      `OpenSearch did not accept the request: ${response.status} ${errorType(response) ?? 'without a reason'}`,
    );
  }
  return parsed.data.items.flatMap((item) => Object.values(item)).slice(guards.length);
}

// A delete under an external version creates an index of the alias's name where the alias is missing, and `require_alias`
// does not apply to deletes. It applies to an update, and OpenSearch creates no index that any operation of the request
// requires to be an alias: so each alias that is only deleted from gets an update that changes nothing.
const unguardedDeletes = (operations: readonly BulkOperation[]): readonly string[] => {
  const guarded = new Set(operations.filter(({ kind }) => kind === 'index').map(({ alias }) => alias));
  const aliases = operations.filter(({ alias }) => !guarded.has(alias)).map(({ alias }) => alias);
  return [...new Set(aliases)];
};

const aliasGuard = (alias: string): string =>
  `${JSON.stringify({ update: { _index: alias, _id: GUARD_ID } })}\n{"doc":{}}\n`;
