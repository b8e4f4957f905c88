import type { IndexFreshness } from '../../contracts/api/search.ts';
import { HEARTBEAT_PERIOD_MS } from '../../contracts/entities/heartbeat.ts';
import { seconds, time } from './format.ts';

const MS_PER_SECOND = 1_000;

/** Says how far the search index is behind the table; of one that is late by more than a heartbeat, what it may lack. */
export function Freshness({ index }: { readonly index: IndexFreshness | undefined }) {
  if (index === undefined) return <span>How far the index is behind the table is not known.</span>;
  const { behindSeconds, measuredAt } = index;
  const behind = `The index is ${seconds(behindSeconds)} behind the table.`;
  if (behindSeconds * MS_PER_SECOND <= HEARTBEAT_PERIOD_MS) return <span>{behind}</span>;
  return (
    <span class="failure">
      {behind} What was written after {time(measuredAt)} may be missing.
    </span>
  );
}
