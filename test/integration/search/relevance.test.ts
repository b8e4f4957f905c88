import { ulid } from 'ulid';
import { expect, it } from 'vitest';
import { measureRelevance, NDCG_MIN, RATIO_MIN } from '../../bench/relevance/measure-relevance.ts';
import { localOpenSearch } from '../parts/clients.ts';

/** To index 5,009 orders takes seconds, and far longer where all other tests are indexing too. */
const TIME_LIMIT_MS = 180_000;

it(
  'puts what the judged queries are for at the top, and far better than a plain match',
  async () => {
    const { mean, queries } = await measureRelevance(localOpenSearch(), `relevance-${ulid().toLowerCase()}`);
    expect(queries).toHaveLength(60);
    expect(mean.search).toBeGreaterThan(NDCG_MIN);
    expect(mean.search / mean.plainMatch).toBeGreaterThan(RATIO_MIN);
  },
  TIME_LIMIT_MS,
);
