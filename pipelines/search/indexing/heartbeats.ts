import type { HeartbeatId, Instant, Version } from '../../../contracts/ids.ts';
import type { HeartbeatDocument } from '../../../contracts/search/documents.ts';
import { type OrderStreamError, TransientError } from '../../errors.ts';
import type { StreamChange } from '../../stream/stream-change.ts';
import { SearchUnavailableError } from '../errors.ts';
import { HEARTBEATS_INDEX, writeAlias } from '../index-names.ts';
import type { OpenSearchClient, Timeouts } from '../open-search.ts';
import type { BulkOperation } from './bulk.ts';
import { failureOf, sendBulk } from './bulk.ts';

/** A heartbeat that has arrived through the stream. */
export interface HeartbeatWrite {
  readonly kind: 'heartbeat';
  readonly id: HeartbeatId;
  readonly version: Version;
  readonly writtenAt: Instant;
}

/** The heartbeat that a change writes; `undefined` for a change of anything else, and for a removal. */
export function heartbeatWriteOf(change: StreamChange): HeartbeatWrite | undefined {
  if (change.entityType !== 'Heartbeat' || change.kind === 'REMOVE') return undefined;
  const { heartbeatId: id, version, updatedAt: writtenAt } = change.newItem;
  return { kind: 'heartbeat', id, version, writtenAt };
}

/**
 * Writes heartbeats to the index, and returns the permanent failure of each. One that fails transiently is skipped: the missing
 * heartbeat shows as index lag, and it must not block the records after it in the stream.
 *
 * @throws OutOfTimeError.
 */
export async function indexHeartbeats(
  client: OpenSearchClient,
  heartbeats: readonly HeartbeatWrite[],
  indexedAt: Instant,
  timeouts: Timeouts,
): Promise<readonly (OrderStreamError | undefined)[]> {
  try {
    const results = await sendBulk(
      client,
      heartbeats.map((heartbeat) => operationOf(heartbeat, indexedAt)),
      timeouts,
    );
    return results.map(failureOf).map((failure) => (failure instanceof TransientError ? undefined : failure));
  } catch (error) {
    if (error instanceof SearchUnavailableError) return heartbeats.map(() => undefined);
    throw error;
  }
}

// A heartbeat that arrives a second time is indexed already: the first measurement counts.
function operationOf({ id, version, writtenAt }: HeartbeatWrite, indexedAt: Instant): BulkOperation {
  const alias = writeAlias(HEARTBEATS_INDEX);
  const action = { index: { _index: alias, _id: id, version, version_type: 'external' } };
  const document: HeartbeatDocument = { writtenAt, indexedAt };
  return {
    kind: 'index',
    index: HEARTBEATS_INDEX,
    alias,
    ndjson: `${JSON.stringify(action)}\n${JSON.stringify(document)}\n`,
  };
}
