import { Client } from '@opensearch-project/opensearch';
import { SearchOrdersQuery } from '../../../contracts/api/search.ts';
import { startOpenSearch } from '../../../infra/local/parts/opensearch.ts';
import { openSearchResponse } from '../../../pipelines/search/open-search.ts';
import { searchOrders } from '../../../pipelines/search/query/search-orders.ts';
import { pageTokens } from '../../builders/page-tokens.ts';
import { quantile } from '../statistics.ts';
import { repeatedOrders, SUPERSTORE_ORDERS } from '../superstore-records.ts';
import { judgedQueries } from './judgments.ts';
import { superstoreIndex } from './superstore-index.ts';

const QUERIES = 200;
const TIMEOUT_MS = 30_000;

/** The p50 and p95 of the queries, in milliseconds. */
interface Quantiles {
  readonly p50: number;
  readonly p95: number;
}

/** What 200 queries took over an index of so many orders. */
export interface SearchLatency {
  readonly orders: number;
  readonly search: Quantiles;
  /** The same words by a `match` on the field that all others are copied to, with its defaults. */
  readonly plainMatch: Quantiles;
}

/** What a query may have beside its words; absent members leave it as it is. */
const VARIANTS: readonly Readonly<Record<string, string | readonly string[]>>[] = [
  {},
  { status: ['placed'] },
  { sort: 'createdAt:desc', limit: '50' },
  { totalMin: '10000', sort: 'total:desc' },
];

/** 200 queries: the words of the judged ones, in turn, with each variant in turn. */
const queries = Array.from({ length: QUERIES }, (_, index) => ({
  q: judgedQueries[index % judgedQueries.length]?.q ?? '',
  ...VARIANTS[Math.floor(index / judgedQueries.length) % VARIANTS.length],
}));

/** Measures on an OpenSearch that is started for it, over the superstore's orders and over copies of them; all queries run once before. */
export async function measureSearchLatency(copies: readonly number[]): Promise<readonly SearchLatency[]> {
  const node = await startOpenSearch();
  const client = new Client({ node: node.endpoint });
  try {
    const measured: SearchLatency[] = [];
    for (const count of copies) measured.push(await overCopies(client, count));
    return measured;
  } finally {
    await client.close();
    await node.stop();
  }
}

async function overCopies(client: Client, copies: number): Promise<SearchLatency> {
  const orders = await repeatedOrders(copies * SUPERSTORE_ORDERS, 0);
  const openSearch = await superstoreIndex(client, `latency-${copies}`, orders);
  const deps = { openSearch, pageTokens: pageTokens(), logger: console };
  const search = (query: (typeof queries)[number]) =>
    searchOrders(deps, { ...SearchOrdersQuery.parse(query), caller: 'bench', visible: 'all' });
  const plainMatch = ({ q = '' }: (typeof queries)[number]) =>
    openSearchResponse(
      openSearch,
      { method: 'POST', path: '/orders/_search', body: { query: { match: { text: q } } } },
      { timeoutMs: TIMEOUT_MS },
    );
  const searches: number[] = [];
  const matches: number[] = [];
  for (const query of queries) await search(query);
  for (const query of queries) {
    searches.push(await elapsed(() => search(query)));
    matches.push(await elapsed(() => plainMatch(query)));
  }
  return { orders: orders.length, search: quantilesOf(searches), plainMatch: quantilesOf(matches) };
}

async function elapsed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

const quantilesOf = (values: readonly number[]): Quantiles => ({
  p50: quantile(values, 0.5),
  p95: quantile(values, 0.95),
});
