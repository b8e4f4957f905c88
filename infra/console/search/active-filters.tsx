import { changedQuery, type SearchFilter } from './query.ts';

interface ActiveFiltersProps {
  readonly query: URLSearchParams;
  readonly filters: readonly SearchFilter[];
  readonly addressOf: (query: URLSearchParams) => string;
}

/** What a search is narrowed to: a chip for each value, which leaves it out. */
export function ActiveFilters({ query, filters, addressOf }: ActiveFiltersProps) {
  const chips = filters.flatMap(({ name, label, write = (value) => value }) =>
    query
      .getAll(name)
      .flatMap((value) => (value === '' ? [] : [{ name, label, value, written: write(value) }])),
  );
  if (chips.length === 0) return null;
  const none = Object.fromEntries(filters.map(({ name }) => [name, '']));
  return (
    <p class="chips">
      {chips.map(({ name, label, value, written }) => (
        <a
          key={`${name} ${value}`}
          class="chip"
          href={addressOf(changedQuery(query, { [name]: query.getAll(name).filter((one) => one !== value) }))}
        >
          {label} <bdi>{written}</bdi>
          <span aria-hidden="true"> ×</span>
          <span class="unseen"> (remove)</span>
        </a>
      ))}
      {chips.length > 1 && <a href={addressOf(changedQuery(query, none))}>Remove all</a>}
    </p>
  );
}
