import type { Version } from '../../contracts/ids.ts';
import type { StreamChange } from '../core/stream-change.ts';
import { addressOf, type DocumentAddress, documentOf, type SearchDocument } from './documents.ts';
import { type HEARTBEATS_INDEX, type IndexName, mirrorAlias, writeAlias } from './index-names.ts';

/** One operation of a `_bulk` request, serialised as it goes over the wire. */
export interface BulkOperation {
  readonly kind: 'index' | 'delete';
  readonly index: IndexName | typeof HEARTBEATS_INDEX;
  /** What it is written through: one of the index's aliases. */
  readonly alias: string;
  readonly ndjson: string;
}

/**
 * Whatever is written wins over what is older, and loses against what is newer; the same version again changes nothing.
 * See https://docs.opensearch.org/2.19/api-reference/document-apis/index-document/.
 */
const VERSION_TYPE = 'external_gte';

/** The operation that brings the index to where `change` has brought the table; `undefined` for an item that is not searched. */
export function bulkOperationOf(change: StreamChange): BulkOperation | undefined {
  if (change.kind === 'REMOVE') {
    const address = addressOf(change.oldItem);
    return address && deleteOperation(address, change.version);
  }
  const document = documentOf(change.newItem);
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

/** The operation that takes a document out of the index, unless the index holds a newer version than the removal's. */
export function deleteOperation(
  { index, id }: DocumentAddress,
  version: Version,
  alias = writeAlias(index),
): BulkOperation {
  const action = { delete: { _index: alias, _id: id, version, version_type: VERSION_TYPE } };
  return { kind: 'delete', index, alias, ndjson: `${JSON.stringify(action)}\n` };
}

/** The same operation on the mirror of its index. */
export function mirrored({ kind, index, alias, ndjson }: BulkOperation): BulkOperation {
  const mirror = mirrorAlias(index);
  // The alias stands in the action alone, which comes first and holds no text that a caller chose before it.
  return {
    kind,
    index,
    alias: mirror,
    ndjson: ndjson.replace(JSON.stringify(alias), JSON.stringify(mirror)),
  };
}
