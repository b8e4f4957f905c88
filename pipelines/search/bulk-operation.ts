import type { Version } from '../../contracts/ids.ts';
import type { StreamChange } from '../core/stream-change.ts';
import { addressOf, type DocumentAddress, documentOf } from './documents.ts';
import { writeAlias } from './index-names.ts';

/** One operation of a `_bulk` request, serialised as it goes over the wire. */
export interface BulkOperation {
  readonly kind: 'index' | 'delete';
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
  if (document === undefined) return undefined;
  const alias = writeAlias(document.index);
  const action = {
    index: { _index: alias, _id: document.id, version: document.version, version_type: VERSION_TYPE },
  };
  return {
    kind: 'index',
    alias,
    ndjson: `${JSON.stringify(action)}\n${JSON.stringify(document.source)}\n`,
  };
}

/** The operation that takes a document out of the index, unless the index holds a newer version than the removal's. */
export function deleteOperation({ index, id }: DocumentAddress, version: Version): BulkOperation {
  const alias = writeAlias(index);
  const action = { delete: { _index: alias, _id: id, version, version_type: VERSION_TYPE } };
  return { kind: 'delete', alias, ndjson: `${JSON.stringify(action)}\n` };
}
