import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { SearchUnavailableError } from './errors.ts';
import { readAlias } from './index-names.ts';
import { errorType, type OpenSearchClient, openSearchAnswer } from './open-search.ts';

/**
 * How long a point in time is kept after each use. A node keeps 300 of them and refuses more (`search.max_open_pit_context`),
 * and each holds on to segments that were merged away since.
 */
export const POINT_IN_TIME_KEEP_ALIVE = '2m';

const REQUEST_TIMEOUT_MS = 2_000;
const Opened = z.object({ pit_id: z.string().min(1) });

/**
 * Opens a point in time: the orders as the index holds them now, for whoever pages through them.
 * See https://docs.aws.amazon.com/opensearch-service/latest/developerguide/pit.html.
 *
 * @returns its id.
 * @throws SearchUnavailableError when OpenSearch opens none, as when too many are open.
 */
export async function openPointInTime(client: OpenSearchClient): Promise<string> {
  const answer = await openSearchAnswer(
    client,
    {
      method: 'POST',
      path: `/${readAlias('orders')}/_search/point_in_time`,
      querystring: { keep_alive: POINT_IN_TIME_KEEP_ALIVE, allow_partial_pit_creation: 'false' },
    },
    { timeoutMs: REQUEST_TIMEOUT_MS },
  );
  const opened = read(Opened, answer.body);
  if (opened.success) return opened.data.pit_id;
  throw new SearchUnavailableError(
    `OpenSearch opened no point in time: ${answer.status} ${errorType(answer) ?? 'without a reason'}`,
  );
}

/**
 * Closes a point in time. One that is closed already, or that OpenSearch refuses to close, is as good: it goes by itself after
 * {@link POINT_IN_TIME_KEEP_ALIVE}.
 *
 * @throws SearchUnavailableError when OpenSearch does not answer.
 */
export async function closePointInTime(client: OpenSearchClient, id: string): Promise<void> {
  await openSearchAnswer(
    client,
    { method: 'DELETE', path: '/_search/point_in_time', body: { pit_id: [id] } },
    { timeoutMs: REQUEST_TIMEOUT_MS },
  );
}
