import { Client } from '@opensearch-project/opensearch';
import * as z from 'zod';
import { SearchOrdersQuery } from '../../../contracts/api/search.ts';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { startOpenSearch } from '../../../infra/local/parts/opensearch.ts';
import { type OpenSearchClient, openSearchResponse } from '../../../pipelines/search/open-search.ts';
import { searchOrders } from '../../../pipelines/search/query/search-orders.ts';
import { pageTokens } from '../../builders/page-tokens.ts';
import { judgedOrders } from './judged-orders.ts';
import { gradeOf, type JudgedQuery, judgedQueries } from './judgments.ts';
import { HITS_COUNTED, ndcg } from './ndcg.ts';
import { superstoreIndex } from './superstore-index.ts';

const TIMEOUT_MS = 10_000;

/** The least mean NDCG@10 that the search is to have, and how many times the plain match's: what falls below has made the search worse. */
export const NDCG_MIN = 0.95;
export const RATIO_MIN = 1.3;

/** NDCG@10 of the search and of the plain alternative beside it, 0 to 1. */
export interface Relevance {
  readonly search: number;
  /** A `match` on the field that all others are copied to, with its defaults. */
  readonly plainMatch: number;
}

/** What was measured of one query. */
export type QueryRelevance = Relevance & Pick<JudgedQuery, 'q' | 'kind'>;

/** What was measured of all. */
export interface MeasuredRelevance {
  readonly mean: Relevance;
  readonly queries: readonly QueryRelevance[];
}

/** Measures on an OpenSearch that is started for it. */
export async function measureStartedRelevance(): Promise<MeasuredRelevance> {
  const node = await startOpenSearch();
  const client = new Client({ node: node.endpoint });
  try {
    return await measureRelevance(client, 'relevance');
  } finally {
    await client.close();
    await node.stop();
  }
}

/** Runs the judged queries over all judged orders, in an index of their own named `index`. */
export async function measureRelevance(client: Client, index: string): Promise<MeasuredRelevance> {
  const orders = await judgedOrders();
  const openSearch = await superstoreIndex(client, index, orders);
  const byId = new Map<string, OrderItem>(orders.map((order) => [order.orderId, order]));
  const queries: QueryRelevance[] = [];
  for (const judged of judgedQueries) {
    const all = orders.map((order) => gradeOf(judged, order));
    const score = (ids: readonly string[]): number =>
      ndcg(
        ids.map((id) => gradeOf(judged, known(byId, id))),
        all,
      );
    queries.push({
      q: judged.q,
      kind: judged.kind,
      search: score(await bySearch(openSearch, judged.q)),
      plainMatch: score(await byPlainMatch(openSearch, judged.q)),
    });
  }
  const mean = {
    search: meanOf(queries.map(({ search }) => search)),
    plainMatch: meanOf(queries.map(({ plainMatch }) => plainMatch)),
  };
  return { mean, queries };
}

async function bySearch(openSearch: OpenSearchClient, q: string): Promise<readonly string[]> {
  const query = SearchOrdersQuery.parse({ q, limit: String(HITS_COUNTED) });
  const asked = { ...query, caller: 'bench', visible: 'all' } as const;
  const { hits } = await searchOrders({ openSearch, pageTokens: pageTokens(), logger: console }, asked);
  return hits.map(({ orderId }) => orderId);
}

const PlainResponse = z.object({ hits: z.object({ hits: z.array(z.object({ _id: z.string() })) }) });

async function byPlainMatch(openSearch: OpenSearchClient, q: string): Promise<readonly string[]> {
  const response = await openSearchResponse(
    openSearch,
    {
      method: 'POST',
      path: '/orders/_search',
      body: { size: HITS_COUNTED, _source: false, query: { match: { text: q } } },
    },
    { timeoutMs: TIMEOUT_MS },
  );
  return PlainResponse.parse(response.body).hits.hits.map(({ _id }) => _id);
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function known(byId: ReadonlyMap<string, OrderItem>, id: string): OrderItem {
  const order = byId.get(id);
  if (order === undefined) throw new RangeError('An order was found that is not among them');
  return order;
}
