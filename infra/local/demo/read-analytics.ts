import { SearchAnalyticsResult } from '../../../contracts/api/search-analytics.ts';
import type { Day } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import type { LocalSystem } from '../local-system.ts';
import { Api } from './api.ts';

/** The figures of those days, from the API as any client would get them: a request for each year, which is what one may ask for. */
export async function readAnalytics(
  system: Pick<LocalSystem, 'apiUrl' | 'token'>,
  days: readonly Day[],
): Promise<readonly SearchAnalyticsResult[]> {
  const api = await Api.of(system);
  const years = new Set(days.map((day) => day.slice(0, 'yyyy'.length)));
  return Promise.all(
    [...years].map(async (year) => {
      const span = `from=${year}-01-01&to=${year}-12-31`;
      return parse(SearchAnalyticsResult, await api.call('GET', `/search/analytics?${span}&by=day`));
    }),
  );
}
