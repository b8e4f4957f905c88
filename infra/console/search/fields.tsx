import { DraftField } from '../parts/draft-field.tsx';
import { minorUnitsOf, writtenAmount } from './query.ts';

interface ChangeProps {
  readonly query: URLSearchParams;
  readonly change: (values: Readonly<Record<string, string>>) => void;
}

/** The least and the greatest amount, with two decimals, of any currency. */
export const AmountFields = ({
  query,
  change,
  label,
  names: [min, max],
}: ChangeProps & { readonly label: string; readonly names: readonly [string, string] }) => (
  <>
    {[
      { name: min, edge: 'from' },
      { name: max, edge: 'to' },
    ].map(({ name, edge }) => (
      <DraftField
        key={name}
        label={`${label} ${edge}`}
        type="number"
        limits={{ min: 0, max: 1_000_000_000, step: 0.01 }}
        value={writtenAmount(query.get(name) ?? '')}
        take={(amount) => change({ [name]: minorUnitsOf(amount) })}
      />
    ))}
  </>
);

/** Both days belong to the span. A browser reports a year while it is typed, as one of long ago: those are no days of orders. */
const FIRST_DAY = '1970-01-01';

/** The first and the last day, UTC. */
export const DayFields = ({ query, change }: ChangeProps) => (
  <>
    {[
      { name: 'from', label: 'Placed from' },
      { name: 'to', label: 'Placed to' },
    ].map(({ name, label }) => (
      <DraftField
        key={name}
        label={label}
        type="date"
        limits={{ min: FIRST_DAY, max: '9999-12-31' }}
        // A link may have an instant, of which the field shows the day.
        value={(query.get(name) ?? '').slice(0, FIRST_DAY.length)}
        take={(day) => change({ [name]: day })}
      />
    ))}
  </>
);

/** The order of the hits. */
export const SortField = ({
  query,
  change,
  sorts,
}: ChangeProps & { readonly sorts: Readonly<Record<string, string>> }) => (
  <label>
    <span>Sort by</span>
    <select
      value={query.get('sort') ?? ''}
      onChange={({ currentTarget }) => change({ sort: currentTarget.value })}
    >
      {Object.entries(sorts).map(([sort, name]) => (
        <option key={sort} value={sort}>
          {name}
        </option>
      ))}
    </select>
  </label>
);
