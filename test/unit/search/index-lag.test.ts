import { errors } from '@opensearch-project/opensearch';
import { describe, expect, it } from 'vitest';
import { HEARTBEAT_IDS } from '../../../contracts/ids.ts';
import { indexFreshness } from '../../../pipelines/search/lag/index-lag.ts';
import type { OpenSearchClient } from '../../../pipelines/search/open-search.ts';

const NOW = Date.parse('2026-11-25T12:00:00.000Z');
const clock = { now: () => new Date(NOW) };
const at = (agoMs: number): string => new Date(NOW - agoMs).toISOString();
/** A heartbeat that was written that long ago, and was in the index after `tookMs`. */
const heartbeat = (agoMs: number, tookMs: number) => ({
  found: true,
  _source: { writtenAt: at(agoMs), indexedAt: at(agoMs - tookMs) },
});
const responding = (respond: () => Promise<{ statusCode: number; body: unknown }>): OpenSearchClient => ({
  transport: { request: () => Object.assign(respond(), { abort: () => {} }) },
});
const holding = (...first: object[]): OpenSearchClient => {
  const docs = [...first, ...HEARTBEAT_IDS.slice(first.length).map(() => heartbeat(5_000, 300))];
  return responding(async () => ({ statusCode: 200, body: { docs } }));
};

describe('the index lag', () => {
  it.each([
    ['the slowest heartbeat took, with the refresh', holding(heartbeat(10_000, 4_200)), 6],
    ['the time that the oldest heartbeat is overdue', holding(heartbeat(660_000, 300)), 601],
    [
      'the refresh alone, where the clock of the index is behind the other',
      holding(...all(heartbeat(9, -40))),
      1,
    ],
  ])('is what %s', async (_, client, behindSeconds) => {
    expect(await indexFreshness(client, clock)).toMatchObject({ behindSeconds });
  });

  it('is as of the oldest heartbeat', async () => {
    expect(await indexFreshness(holding(heartbeat(50_000, 300)), clock)).toMatchObject({
      measuredAt: at(50_000),
    });
  });

  it('ignores a heartbeat that is not due yet', async () => {
    expect(await indexFreshness(holding(...all(heartbeat(60_000, 300))), clock)).toMatchObject({
      behindSeconds: 2,
    });
  });

  it('grows by a second in a second once nothing arrives', async () => {
    const stale = holding(...all(heartbeat(120_000, 300)));
    const later = { now: () => new Date(NOW + 30_000) };

    const [one, other] = await Promise.all([indexFreshness(stale, clock), indexFreshness(stale, later)]);

    expect((other?.behindSeconds ?? 0) - (one?.behindSeconds ?? 0)).toBe(30);
  });

  it.each([
    ['a heartbeat has never come', holding({ found: false })],
    [
      'there is no index',
      responding(async () => ({ statusCode: 404, body: { error: { type: 'missing' } } })),
    ],
    ['OpenSearch does not respond', responding(() => Promise.reject(new errors.ConnectionError('refused')))],
  ])('is not known while %s', async (_, client) => {
    expect(await indexFreshness(client, clock)).toBeUndefined();
  });
});

function all<One>(one: One): readonly One[] {
  return HEARTBEAT_IDS.map(() => one);
}
