import { ulid } from 'ulid';
import { describe, expect, it, vi } from 'vitest';
import { SearchOrdersQuery } from '../../../contracts/api/order-search.ts';
import { problemOf } from '../../../handlers/http/problem-of.ts';
import { InvalidPageTokenError } from '../../../pipelines/paging/errors.ts';
import { PAGE_TOKEN_LENGTH_MAX } from '../../../pipelines/paging/page-tokens.ts';
import { SearchTimedOutError, SearchUnavailableError } from '../../../pipelines/search/errors.ts';
import type { OpenSearchClient, OpenSearchRequest } from '../../../pipelines/search/open-search.ts';
import { searchOrders } from '../../../pipelines/search/search-orders.ts';
import { pageTokens } from '../../builders/page-tokens.ts';

interface Answer {
  readonly statusCode: number;
  readonly body: unknown;
}

/** Far longer than that of a single shard, which has 160 characters. */
const POINT_IN_TIME = 'p'.repeat(1_000);
const opened = { statusCode: 200, body: { pit_id: POINT_IN_TIME } };
const HITS_MAX = 50;

const hit = () => {
  const orderId = ulid();
  const order = { orderId, userId: 'u-1', status: 'placed', total: 1, currency: 'EUR', units: 1, version: 1 };
  const _source = { ...order, createdAt: '2026-03-01T12:00:00.000Z' };
  return { _source, sort: [1.234567, 1_772_366_400_000, orderId] };
};
const found = (count: number, changes: object = {}): Answer => ({
  statusCode: 200,
  body: {
    timed_out: false,
    _shards: { failed: 0 },
    hits: { hits: Array.from({ length: count }, hit) },
    ...changes,
  },
});

/** A search on an OpenSearch that gives these answers, one after the other. */
function searching(...answers: readonly Answer[]) {
  const left = [...answers];
  const request = vi.fn((_request: OpenSearchRequest, _limits: object) =>
    Object.assign(Promise.resolve(left.shift() ?? found(0)), { abort: () => undefined }),
  );
  const openSearch: OpenSearchClient = { transport: { request } };
  const search = (query: Readonly<Record<string, string>> = {}) =>
    searchOrders(
      { openSearch, pageTokens: pageTokens() },
      { ...SearchOrdersQuery.parse(query), caller: 'u-1', visible: { ofUser: 'u-1' } },
    );
  const requests = () => request.mock.calls.map(([{ method, path }]) => `${method} ${path}`);
  return { search, request, requests };
}

describe('a search that OpenSearch did not finish', () => {
  it.each([
    ['in time', found(1, { timed_out: true }), SearchTimedOutError],
    ['on every shard', found(1, { _shards: { failed: 1 } }), SearchUnavailableError],
    ['at all', { statusCode: 429, body: {} }, SearchUnavailableError],
    ['with what is an answer', { statusCode: 200, body: {} }, SearchUnavailableError],
  ])('%s is answered 503 with Retry-After, and not in part', async (_, answer, error) => {
    const failure = await searching(answer)
      .search()
      .catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(error);
    const { statusCode, headers } = problemOf(failure, 'request-1').answer;
    expect(statusCode).toBe(503);
    expect(headers).toMatchObject({ 'retry-after': '1' });
  });

  it('is told to end before it is given up', async () => {
    const { search, request } = searching();
    await search();
    expect(request).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ body: expect.objectContaining({ timeout: '3s' }) }),
      expect.objectContaining({ requestTimeout: 4_000 }),
    );
  });
});

describe('a point in time', () => {
  it('is opened by the second page, is searched by all that follow, and is closed by the last one', async () => {
    const { search, requests } = searching(found(3), opened, found(3, { pit_id: 'renewed' }), found(1));
    const first = await search({ limit: '2' });
    expect(requests()).toEqual(['POST /orders/_search']);
    const second = await search({ limit: '2', nextToken: first.nextToken ?? '' });
    const third = await search({ limit: '2', nextToken: second.nextToken ?? '' });
    expect(third.nextToken).toBeUndefined();
    expect(requests().slice(1)).toEqual([
      'POST /orders/_search/point_in_time',
      'POST /_search',
      'POST /_search',
      'DELETE /_search/point_in_time',
    ]);
  });

  it('that cannot be opened is answered as what passes by itself', async () => {
    const { search } = searching(found(3), { statusCode: 429, body: { error: { type: 'rejected' } } });
    const { nextToken = '' } = await search({ limit: '2' });
    await expect(search({ limit: '2', nextToken })).rejects.toThrow(SearchUnavailableError);
  });

  it('that is gone makes the token one that does not count', async () => {
    const { search } = searching(found(3), opened, { statusCode: 404, body: {} });
    const { nextToken = '' } = await search({ limit: '2' });
    await expect(search({ limit: '2', nextToken })).rejects.toThrow(InvalidPageTokenError);
  });

  it('has a place in a token beside all that the largest first page has shown', async () => {
    const { search } = searching(found(HITS_MAX + 1), opened, found(HITS_MAX + 1));
    const query = { q: 'chair', limit: String(HITS_MAX) };
    const { nextToken = '' } = await search(query);
    const second = await search({ ...query, nextToken });
    expect(second.nextToken?.length).toBeLessThanOrEqual(PAGE_TOKEN_LENGTH_MAX);
  });
});

describe('every page', () => {
  it('is searched with the filter by its owner, whatever the token says', async () => {
    const { search, request } = searching(found(3), opened, found(3));
    const { nextToken = '' } = await search({ limit: '2', q: 'chair' });
    await search({ limit: '2', q: 'chair', nextToken });
    const searches = request.mock.calls.map(([one]) => one).filter(({ path }) => path.endsWith('_search'));
    expect(searches).toHaveLength(2);
    for (const { body } of searches)
      expect(body).toMatchObject({ query: { bool: { filter: [{ term: { userId: 'u-1' } }] } } });
  });
});
