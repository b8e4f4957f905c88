import { useLayoutEffect, useState } from 'preact/hooks';
import type { DeadLetterCauses } from '../../../../contracts/api/dead-letters.ts';
import { MS_PER_SECOND } from '../../../../contracts/units.ts';
import { addressOf, replaceAddress, routeOf } from '../../data/route.ts';
import { openNumbers, useStatus } from '../../data/status.ts';
import { count, timeOfDay, words } from '../../parts/format.ts';

const NAMES = ['consumer', 'state', 'reason', 'cause', 'entity', 'since', 'until', 'text'] as const;
/** Which dead letters the view shows, as its address has it: the members of the API's filter. */
export type Filter = Readonly<Partial<Record<(typeof NAMES)[number], string>>>;

export const filterOf = (query: URLSearchParams): Filter =>
  Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = query.get(name);
      return value === null || value === '' ? [] : [[name, value]];
    }),
  );

/** The address of the view with a filter. */
export const filterAddress = (filter: Filter): string => addressOf(['dead-letters'], filter);

const LABELS: Readonly<Record<(typeof NAMES)[number], string>> = {
  consumer: 'consumer',
  state: 'state',
  reason: 'reason',
  cause: 'cause',
  entity: 'entity',
  since: 'since',
  until: 'before',
  text: 'text',
};

/** A filter in words, such as for a dialog. */
export const filterWords = (filter: Filter): string =>
  NAMES.flatMap((name) => (filter[name] === undefined ? [] : [`${LABELS[name]} ${filter[name]}`])).join(', ');

/** The state of those that were replayed, fixed or purged. */
export const ENDED = 'ended';

const TABS = [
  { state: '', name: 'Open' },
  { state: 'waiting', name: 'Waiting' },
  { state: 'parked', name: 'Parked' },
  { state: ENDED, name: 'Ended' },
] as const;

/** The state of the dead letters that the view shows. */
export function StateTabs({ filter }: { readonly filter: Filter }) {
  const { value: status } = useStatus();
  const known = openNumbers(status);
  const numbers: Readonly<Record<string, number>> =
    known === undefined ? {} : { '': known.open, waiting: known.waiting, parked: known.parked };
  return (
    <nav class="tabs" aria-label="State">
      {TABS.map(({ state, name }) => (
        <a
          key={state}
          href={filterAddress({ ...filter, state })}
          aria-current={state === (filter.state ?? '') ? 'true' : undefined}
        >
          {name}
          {numbers[state] !== undefined && (
            <span class="count">{`${count(numbers[state])}${known?.plus}`}</span>
          )}
        </a>
      ))}
    </nav>
  );
}

const TYPING_MS = 300;
const SPANS = [
  { seconds: 900, name: 'last 15 min' },
  { seconds: 3_600, name: 'last hour' },
  { seconds: 86_400, name: 'last 24 h' },
];

/** Changes the filter that the address has now: another part may have been chosen since a text was typed. What is open stays open. */
function changeFilter(changed: Filter): void {
  const { view, rest, query } = routeOf(location.hash);
  replaceAddress(addressOf([view, ...rest], { ...filterOf(query), ...changed }));
}

/** The fields of the filter. What they offer is what there is. */
export function FilterBar({
  filter,
  causes,
}: {
  readonly filter: Filter;
  readonly causes: DeadLetterCauses | undefined;
}) {
  const [text, setText] = useState(filter.text ?? '');
  const [textOfFilter, setTextOfFilter] = useState(filter.text);
  // Another part of the page, or Back, changed it.
  if (filter.text !== textOfFilter) {
    setTextOfFilter(filter.text);
    if ((filter.text ?? '') !== text.trim()) setText(filter.text ?? '');
  }
  // A layout effect ends with its view. Another kind ends later: its timer could then change the address of the next view.
  useLayoutEffect(() => {
    if (text.trim() === (filter.text ?? '').trim()) return;
    const timer = setTimeout(() => changeFilter({ text: text.trim() }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const offered = (values: readonly (string | undefined)[]): readonly string[] =>
    [...new Set(values)].flatMap((value) => (value === undefined || value === '' ? [] : [value])).toSorted();
  const reasons = offered([filter.reason, ...(causes?.causes.map(({ reason }) => reason) ?? [])]);
  const entities = offered([filter.entity, ...(causes?.causes.map(({ entity }) => entity) ?? [])]);
  return (
    <search>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <label class="grows">
          <span>Text in the id, key, field, message or value</span>
          <input
            type="search"
            value={text}
            maxLength={200}
            autocomplete="off"
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        <Choice
          label="Consumer"
          value={filter.consumer}
          values={['order-events', 'search-index']}
          choose={(consumer) => changeFilter({ consumer })}
        />
        <Choice
          label="Reason"
          value={filter.reason}
          values={reasons}
          choose={(reason) => changeFilter({ reason })}
        />
        <Choice
          label="Entity"
          value={filter.entity}
          values={entities}
          choose={(entity) => changeFilter({ entity })}
        />
        <label>
          <span>{filter.state === ENDED ? 'Ended' : 'Failed'}</span>
          <select
            value={filter.since === undefined ? '' : 'since'}
            onChange={({ currentTarget }) => changeFilter({ since: sinceOf(currentTarget.value), until: '' })}
          >
            <option value="">any time</option>
            {filter.since !== undefined && <option value="since">since {timeOfDay(filter.since)}</option>}
            {SPANS.map(({ seconds, name }) => (
              <option key={name} value={seconds}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </form>
    </search>
  );
}

const sinceOf = (value: string): string =>
  value === '' ? '' : new Date(Date.now() - Number(value) * MS_PER_SECOND).toISOString();

interface ChoiceProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly values: readonly string[];
  readonly choose: (value: string) => void;
}

const Choice = ({ label, value = '', values, choose }: ChoiceProps) => (
  <label>
    <span>{label}</span>
    <select value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
      <option value="">all</option>
      {values.map((one) => (
        <option key={one} value={one}>
          {words(one) === one || label === 'Consumer' ? one : words(one)}
        </option>
      ))}
    </select>
  </label>
);

/** What the list is narrowed to, each with a way to leave it out. */
export function Chips({ filter }: { readonly filter: Filter }) {
  const given = NAMES.filter((name) => name !== 'state' && filter[name] !== undefined);
  if (given.length === 0) return null;
  return (
    <p class="chips">
      {given.map((name) => (
        <a key={name} class="chip" href={filterAddress({ ...filter, [name]: '' })}>
          {LABELS[name]}{' '}
          <bdi>{name === 'since' || name === 'until' ? timeOfDay(filter[name] ?? '') : filter[name]}</bdi>
          <span aria-hidden="true"> ×</span>
          <span class="unseen"> (remove)</span>
        </a>
      ))}
      <a href={filterAddress(filter.state === undefined ? {} : { state: filter.state })}>Remove all</a>
    </p>
  );
}
