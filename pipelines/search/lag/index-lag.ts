import * as z from 'zod';
import type { IndexLag } from '../../../contracts/api/search.ts';
import { HEARTBEAT_PERIOD_MS } from '../../../contracts/entities/heartbeat.ts';
import { HEARTBEAT_IDS } from '../../../contracts/ids.ts';
import { read } from '../../../contracts/reading.ts';
import { HeartbeatDocument } from '../../../contracts/search/documents.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { type Clock, instantOf } from '../../clock.ts';
import { SearchUnavailableError } from '../errors.ts';
import { HEARTBEATS_INDEX, readAlias } from '../index-names.ts';
import { type OpenSearchClient, openSearchResponse } from '../open-search.ts';

const HeartbeatsResponse = z.object({
  docs: z
    .array(z.object({ found: z.literal(true), _source: HeartbeatDocument }))
    .length(HEARTBEAT_IDS.length),
});
const REQUEST_TIMEOUT_MS = 2_000;
/** The refresh interval of the indices in infra/opensearch. */
export const REFRESH_MS = 1_000;

/**
 * The index lag, by the slowest heartbeat: the time that it took from the table to the index, or, where the next one is overdue
 * for longer than that, the time for which it is overdue. The refresh after which a search finds a write is added to both.
 *
 * It reads the heartbeats as they are, not as of the last refresh.
 *
 * @returns `undefined` while the lag is unknown: OpenSearch does not respond, or a heartbeat has never arrived.
 */
export async function readIndexLag(
  client: OpenSearchClient,
  clock: Pick<Clock, 'now'>,
): Promise<IndexLag | undefined> {
  const heartbeats = await readHeartbeats(client);
  if (heartbeats === undefined) return undefined;
  const nowMs = clock.now().getTime();
  const lagMs = Math.max(...heartbeats.map((heartbeat) => lagMsAt(heartbeat, nowMs)));
  const measuredAtMs = Math.min(...heartbeats.map(({ writtenAt }) => Date.parse(writtenAt)));
  return {
    lagSeconds: Math.ceil((lagMs + REFRESH_MS) / MS_PER_SECOND),
    measuredAt: instantOf(new Date(measuredAtMs)),
  };
}

// Two machines' clocks, which may differ by some milliseconds: nothing is ahead of the table.
function lagMsAt({ writtenAt, indexedAt }: HeartbeatDocument, nowMs: number): number {
  const writtenAtMs = Date.parse(writtenAt);
  return Math.max(0, Date.parse(indexedAt) - writtenAtMs, nowMs - writtenAtMs - HEARTBEAT_PERIOD_MS);
}

// A search responds also without the index lag.
async function readHeartbeats(client: OpenSearchClient): Promise<readonly HeartbeatDocument[] | undefined> {
  try {
    const { body } = await openSearchResponse(
      client,
      { method: 'POST', path: `/${readAlias(HEARTBEATS_INDEX)}/_mget`, body: { ids: HEARTBEAT_IDS } },
      { timeoutMs: REQUEST_TIMEOUT_MS },
    );
    return read(HeartbeatsResponse, body).data?.docs.map(({ _source }) => _source);
  } catch (error) {
    if (error instanceof SearchUnavailableError) return undefined;
    throw error;
  }
}

export interface IndexLagDeps {
  readonly openSearch: OpenSearchClient;
  readonly clock: Pick<Clock, 'now'>;
}

/** A search response with the index lag, which is read at the same time; the lag is absent while it is unknown. */
export async function withIndexLag<Response extends object>(
  { openSearch, clock }: IndexLagDeps,
  searching: Promise<Response>,
): Promise<Response & { readonly index?: IndexLag }> {
  const [response, index] = await Promise.all([searching, readIndexLag(openSearch, clock)]);
  return index === undefined ? response : { ...response, index };
}
