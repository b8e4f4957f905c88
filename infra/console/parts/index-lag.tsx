import type { IndexLag } from '../../../contracts/api/search.ts';
import { HEARTBEAT_PERIOD_MS } from '../../../contracts/entities/heartbeat.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { seconds, timeOfDay } from './format.ts';

/** Shows how far the search index is behind the table; where that is more than a heartbeat's period, what it may lack. */
export function IndexLagNote({ lag }: { readonly lag: IndexLag | undefined }) {
  if (lag === undefined) return <span>How far the index is behind the table is not known.</span>;
  const { lagSeconds, measuredAt } = lag;
  const behind = `The index is ${seconds(lagSeconds)} behind the table.`;
  if (lagSeconds * MS_PER_SECOND <= HEARTBEAT_PERIOD_MS) return <span>{behind}</span>;
  return (
    <span class="failure">
      {behind} What was written after {timeOfDay(measuredAt)} may be missing.
    </span>
  );
}
