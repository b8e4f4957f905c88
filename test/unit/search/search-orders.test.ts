import { ulid } from 'ulid';
import { describe, expect, it, vi } from 'vitest';
import { SearchOrdersQuery } from '../../../contracts/api/search.ts';
import { toProblem } from '../../../handlers/http/problem.ts';
import { InvalidPageTokenError } from '../../../pipelines/paging/page-tokens.ts';
import { SearchTimedOutError, SearchUnavailableError } from '../../../pipelines/search/errors.ts';
import type { OpenSearchClient, OpenSearchRequest } from '../../../pipelines/search/open-search.ts';
import { searchOrders } from '../../../pipelines/search/query/search-orders.ts';
import { pageTokens } from '../../builders/page-tokens.ts';

interface OpenSearchResponse {
  readonly statusCode: number;
  readonly body: unknown;
}

const hit = () => {
  const orderId = ulid();
  const order = { orderId, userId: 'u-1', status: 'placed', total: 1, currency: 'EUR', units: 1, version: 1 };
  const _source = {
    ...order,
    createdAt: '2026-03-01T12:00:00.000Z',
    lines: [{ sku: 'OAK-1', name: 'Oak chair' }],
    shipTo: { name: 'Grace Sample' },
  };
  return { _source, sort: [1.234567, 1_772_366_400_000, orderId] };
};
const found = (count: number, changes: object = {}): OpenSearchResponse => ({
  statusCode: 200,
  body: {
    timed_out: false,
    _shards: { failed: 0 },
    hits: { hits: Array.from({ length: count }, hit) },
    ...changes,
  },
});

const logger = { warn: vi.fn() };

/** A search on an OpenSearch that gives these responses, one after the other. */
function searching(...responses: readonly OpenSearchResponse[]) {
  const remaining = [...responses];
  const request = vi.fn((_request: OpenSearchRequest, _limits: object) =>
    Object.assign(Promise.resolve(remaining.shift() ?? found(0)), { abort: () => undefined }),
  );
  const openSearch: OpenSearchClient = { transport: { request } };
  const search = (query: Readonly<Record<string, string>> = {}) =>
    searchOrders(
      { openSearch, pageTokens: pageTokens(), logger },
      { ...SearchOrdersQuery.parse(query), caller: 'u-1', visible: { ofUser: 'u-1' } },
    );
  return { search, request };
}

describe('a search that OpenSearch did not finish', () => {
  it.each([
    ['in time', found(1, { timed_out: true }), SearchTimedOutError],
    ['on every shard', found(1, { _shards: { failed: 1 } }), SearchUnavailableError],
    ['at all', { statusCode: 429, body: {} }, SearchUnavailableError],
    ['with a valid result', { statusCode: 200, body: {} }, SearchUnavailableError],
  ])('%s is a response 503 with Retry-After, and not a part', async (_, answer, error) => {
    const failure = await searching(answer)
      .search()
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(error);
    const { statusCode, headers } = toProblem(failure, 'request-1').response;
    expect(statusCode).toBe(503);
    expect(headers).toMatchObject({ 'retry-after': '1' });
  });

  it('because it refuses the query is a fault of ours, which no repeat heals', async () => {
    const answer = { statusCode: 400, body: { error: { type: 'search_phase_execution_exception' } } };
    const failure = await searching(answer)
      .search()
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'search-query-refused' });
    const { severity, response } = toProblem(failure, 'request-1');
    expect([severity, response.statusCode]).toEqual(['broken', 500]);
    expect(response.headers).not.toHaveProperty('retry-after');
  });

  it('is asked to end before it is given up', async () => {
    const { search, request } = searching();
    await search();
    expect(request).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ body: expect.objectContaining({ timeout: '3s' }) }),
      expect.objectContaining({ requestTimeout: 4_000 }),
    );
  });
});

describe('every page', () => {
  it('is searched with the filter by its owner, for any token', async () => {
    const { search, request } = searching(found(3), found(3));
    const { nextToken = '' } = await search({ limit: '2', q: 'chair' });
    await search({ limit: '2', q: 'chair', nextToken });
    expect(request).toHaveBeenCalledTimes(2);
    for (const [{ body }] of request.mock.calls)
      expect(body).toMatchObject({ query: { bool: { filter: [{ term: { userId: 'u-1' } }] } } });
  });
});

describe('a page token of a release that kept points in time', () => {
  it('is one that does not count', async () => {
    const parsed = SearchOrdersQuery.parse({ q: 'chair' });
    const { nextToken: _none, ...query } = parsed;
    const position = { pointInTime: 'p', after: [1.2], shown: [] };
    const scope = { operation: 'searchOrders', query, caller: 'u-1' };
    const nextToken = await pageTokens().seal(scope, position);
    await expect(searching().search({ q: 'chair', nextToken })).rejects.toThrow(InvalidPageTokenError);
  });
});
