import type { IndexFreshness } from '../../../contracts/api/index-freshness.ts';
import type { Clock } from '../../core/clock.ts';
import type { OpenSearchClient } from '../open-search.ts';
import { indexFreshness } from './index-freshness.ts';

export interface FreshnessDeps {
  readonly openSearch: OpenSearchClient;
  readonly clock: Pick<Clock, 'now'>;
}

/** The answer to a search together with how far behind the index is, which is read at the same time; absent while nobody can tell. */
export async function withFreshness<Answer extends object>(
  { openSearch, clock }: FreshnessDeps,
  searching: Promise<Answer>,
): Promise<Answer & { readonly index?: IndexFreshness }> {
  const [answer, index] = await Promise.all([searching, indexFreshness(openSearch, clock)]);
  return index === undefined ? answer : { ...answer, index };
}
