import { errors } from '@opensearch-project/opensearch';
import { describe, expect, it } from 'vitest';
import { HEARTBEAT_IDS } from '../../../contracts/ids.ts';
import { indexFreshness } from '../../../pipelines/search/lag/index-lag.ts';
import type { OpenSearchClient } from '../../../pipelines/search/open-search.ts';

const NOW = Date.parse('2026-11-25T12:00:00.000Z');
const clock = { now: () => new Date(NOW) };
const at = (agoMs: number): string => new Date(NOW - agoMs).toISOString();
/** A heartbeat that was written that long ago, and was in the index after `tookMs`. */
const beat = (agoMs: number, tookMs: number) => ({
  found: true,
  _source: { writtenAt: at(agoMs), indexedAt: at(agoMs - tookMs) },
});
const answering = (answer: () => Promise<{ statusCode: number; body: unknown }>): OpenSearchClient => ({
  transport: { request: () => Object.assign(answer(), { abort: () => {} }) },
});
const holding = (...first: object[]): OpenSearchClient => {
  const docs = [...first, ...HEARTBEAT_IDS.slice(first.length).map(() => beat(5_000, 300))];
  return answering(async () => ({ statusCode: 200, body: { docs } }));
};

describe('the index lag', () => {
  it.each([
    ['the slowest heartbeat took, with the refresh', holding(beat(10_000, 4_200)), 6],
    ['the time that the oldest heartbeat is overdue', holding(beat(660_000, 300)), 601],
    ['the refresh alone, where the clock of the index is behind the other', holding(...all(beat(9, -40))), 1],
  ])('is what %s', async (_, client, behindSeconds) => {
    expect(await indexFreshness(client, clock)).toMatchObject({ behindSeconds });
  });

  it('is as of the oldest heartbeat', async () => {
    expect(await indexFreshness(holding(beat(50_000, 300)), clock)).toMatchObject({ measuredAt: at(50_000) });
  });

  it('ignores a heartbeat that is not due yet', async () => {
    expect(await indexFreshness(holding(...all(beat(60_000, 300))), clock)).toMatchObject({
      behindSeconds: 2,
    });
  });

  it('grows by a second in a second once nothing arrives', async () => {
    const stuck = holding(...all(beat(120_000, 300)));
    const later = { now: () => new Date(NOW + 30_000) };

    const [one, other] = await Promise.all([indexFreshness(stuck, clock), indexFreshness(stuck, later)]);

    expect((other?.behindSeconds ?? 0) - (one?.behindSeconds ?? 0)).toBe(30);
  });

  it.each([
    ['a heartbeat has never come', holding({ found: false })],
    ['there is no index', answering(async () => ({ statusCode: 404, body: { error: { type: 'missing' } } }))],
    ['OpenSearch does not answer', answering(() => Promise.reject(new errors.ConnectionError('refused')))],
  ])('is not known while %s', async (_, client) => {
    expect(await indexFreshness(client, clock)).toBeUndefined();
  });
});

function all<One>(one: One): readonly One[] {
  return HEARTBEAT_IDS.map(() => one);
}
