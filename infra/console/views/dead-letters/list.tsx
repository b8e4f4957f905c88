import { useEffect, useState } from 'preact/hooks';
import type { DeadLetterPage, DeadLetterSummary } from '../../../../contracts/api/dead-letters.ts';
import { MS_PER_DAY } from '../../../../contracts/units.ts';
import { deadLetterAddress, orderAddress } from '../../data/route.ts';
import { Ago, Pill, type Tone } from '../../parts/basic.tsx';
import { count, counted, shortId, words } from '../../parts/format.ts';
import { Actions } from './actions.tsx';
import { Field, toggled } from './causes.tsx';
import { ENDED, type Filter, filterAddress, filterWords } from './filter.tsx';
import type { Chosen } from './steps.ts';

export const STATE_TONES: Readonly<Record<DeadLetterSummary['state'], Tone>> = {
  waiting: 'bad',
  parked: 'warn',
  replayed: 'ok',
  purged: 'calm',
};

interface DeadLetterTableProps {
  readonly page: DeadLetterPage;
  readonly filter: Filter;
  /** How many match, where that is known. */
  readonly total: number | undefined;
  readonly isCutShort: boolean;
  readonly isLoading: boolean;
  readonly opened: string | undefined;
  readonly reload: () => void;
}

/** A page of dead letters. The operator chooses some of the page, or all that match. */
export function DeadLetterTable({
  page,
  filter,
  total,
  isCutShort,
  isLoading,
  opened,
  reload,
}: DeadLetterTableProps) {
  const { deadLetters } = page;
  const [chosenIds, setChosenIds] = useState<ReadonlySet<string>>(new Set());
  const [isAllMatching, setAllMatching] = useState(false);
  const filterKey = JSON.stringify(filter);
  useEffect(() => {
    setChosenIds(new Set());
    setAllMatching(false);
  }, [filterKey]);
  const chosen = deadLetters.filter(({ id }) => chosenIds.has(id));
  const isPage = chosen.length === deadLetters.length;
  const number = isAllMatching ? (total ?? chosen.length) : chosen.length;
  const ids = chosen.map(({ id }) => id);
  return (
    <>
      <div class="bar">
        <label class="check">
          <input
            type="checkbox"
            checked={isPage || isAllMatching}
            onChange={() => {
              setAllMatching(false);
              setChosenIds(new Set(isPage || isAllMatching ? [] : deadLetters.map(({ id }) => id)));
            }}
          />{' '}
          This page
        </label>
        <span class="muted" role="status">
          {isAllMatching ? `All ${count(number)} that match` : `${count(chosen.length)} chosen`}
        </span>
        {!isAllMatching && total !== undefined && total > chosen.length && (
          <button type="button" class="link" onClick={() => setAllMatching(true)}>
            Select all {isCutShort ? 'that match' : `${count(total)} matching`}
          </button>
        )}
        <span class="bar-do">
          <Actions
            number={number}
            chosen={isAllMatching ? allMatching(filter, number) : chosenOf(ids)}
            changed={() => {
              setChosenIds(new Set());
              setAllMatching(false);
              reload();
            }}
          />
        </span>
      </div>
      <table class="dead-letters" aria-busy={isLoading}>
        <caption class="unseen">Dead letters</caption>
        <thead>
          <tr>
            <th scope="col" class="check">
              <span class="unseen">Chosen</span>
            </th>
            <th scope="col">Dead letter</th>
            <th scope="col" class="extra">
              Consumer
            </th>
            <th scope="col">Cause</th>
            <th scope="col" class="extra">
              Item
            </th>
            <th scope="col" class="number extra">
              Attempts
            </th>
            <th scope="col" class="number">
              Failed
            </th>
          </tr>
        </thead>
        <tbody>
          {deadLetters.map((one) => (
            <tr
              key={one.id}
              aria-current={one.id === opened ? 'true' : undefined}
              class={isAllMatching || chosenIds.has(one.id) ? 'chosen' : ''}
            >
              <td class="check" data-label="Choose">
                <input
                  type="checkbox"
                  aria-label={`Choose ${one.id}`}
                  checked={isAllMatching || chosenIds.has(one.id)}
                  onChange={() => {
                    setAllMatching(false);
                    setChosenIds(
                      toggled(isAllMatching ? new Set(deadLetters.map(({ id }) => id)) : chosenIds, one.id),
                    );
                  }}
                />
              </td>
              <td data-label="Dead letter">
                <a class="id" data-row href={deadLetterAddress(one.id, filter)} title={one.id}>
                  {one.id.slice(0, 8)}
                </a>{' '}
                {filter.state === undefined && one.state === 'waiting' ? null : (
                  <Pill tone={STATE_TONES[one.state]}>{one.state}</Pill>
                )}
              </td>
              <td data-label="Consumer" class="extra nobreak">
                {one.consumer}
              </td>
              <td data-label="Cause">
                <span>
                  {words(one.reason)}
                  {one.issue !== undefined && ': '}
                  {one.issue !== undefined && <Field issue={one.issue} />}
                </span>
              </td>
              <td data-label="Item" class="extra">
                <Item summary={one} />
              </td>
              <td data-label="Attempts" class="number extra">
                {count(one.attempts)}
              </td>
              <td data-label="Failed" class="number nobreak">
                <Ago at={one.failedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const allMatching = (filter: Filter, number: number): Chosen => ({
  selections: [{ filter }],
  what: `all ${counted(number, 'dead letter')}${Object.keys(filter).length === 0 ? '' : ` with ${filterWords(filter)}`}`,
});

export const chosenOf = (ids: readonly string[]): Chosen => ({
  selections: ids.length === 0 ? [] : [{ ids }],
  what: counted(ids.length, 'dead letter'),
});

/** The order of a dead letter, or the key of its item. */
export function Item({ summary: { order, key, entity, records } }: { readonly summary: DeadLetterSummary }) {
  if (order !== undefined)
    return (
      <a class="id" href={orderAddress(order)} title={`${order.userId} / ${order.orderId}`}>
        <bdi>
          {order.userId} / {shortId(order.orderId)}
        </bdi>
      </a>
    );
  if (key === undefined)
    return (
      <span>
        {entity}, {counted(records, 'record')}
      </span>
    );
  return (
    <span>
      {entity}{' '}
      <bdi class="id">
        {key.pk} / {key.sk}
      </bdi>
    </span>
  );
}

/** That nothing matches, as far as the page knows, and what there is instead: each value leads to the list that has it. */
export function Unmatched({
  filter,
  page: { unmatched, nextToken },
  isFirst,
}: {
  readonly filter: Filter;
  readonly page: DeadLetterPage;
  readonly isFirst: boolean;
}) {
  const isFiltered = Object.keys(filter).some((name) => name !== 'state');
  // What one page does not have says nothing of the others.
  if (nextToken !== undefined)
    return <p class="empty">None of those that were read for this page matches. The next page goes on.</p>;
  if (!isFirst) return <p class="empty">None is on this page, which is the last one.</p>;
  if (unmatched === undefined || unmatched.total === 0)
    return (
      <p class="empty">
        {isFiltered
          ? 'Nothing matches, and there are no other dead letters here.'
          : EMPTY[filter.state ?? '']}
      </p>
    );
  return (
    <div class="empty">
      <p>Nothing matches. There are {counted(unmatched.total, 'dead letter')} that do not:</p>
      <dl>
        {unmatched.here.map(({ what, values }) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              {values.map(({ value, count: number }) => {
                const list = LISTS.get(what)?.(value);
                const shown = (
                  <>
                    <bdi>{value}</bdi> <span class="count">{count(number)}</span>
                  </>
                );
                return list === undefined ? (
                  <span key={value} class="chip">
                    {shown}
                  </span>
                ) : (
                  <a key={value} class="chip" href={addressIn(filter, list)}>
                    {shown}
                  </a>
                );
              })}
            </dd>
          </div>
        ))}
      </dl>
      <p>
        <a href={filterAddress({})}>Remove all filters</a>
      </p>
    </div>
  );
}

/** The other members would hide it again; those that have ended are never among the open ones. */
const addressIn = ({ state }: Filter, list: Filter): string =>
  filterAddress(state === ENDED ? { state, ...list } : list);

const onDay = (day: string): Filter => {
  const from = Date.parse(day);
  return { since: new Date(from).toISOString(), until: new Date(from + MS_PER_DAY).toISOString() };
};

/** The filter of the list that has a value; none for what a later release of the API adds, which is then no link. */
const LISTS: ReadonlyMap<string, (value: string) => Filter> = new Map(
  Object.entries({
    consumers: (consumer) => ({ consumer }),
    // One list has all that have ended.
    states: (state) => (state === 'waiting' || state === 'parked' ? { state } : {}),
    reasons: (reason) => ({ reason }),
    causes: (cause) => ({ cause }),
    entities: (entity) => ({ entity }),
    fields: (text) => ({ text }),
    failed: onDay,
    ended: onDay,
  }),
);

const EMPTY: Readonly<Record<string, string>> = {
  '': 'There are no dead letters. Both consumers have handled every record.',
  waiting: 'No dead letter waits.',
  parked: 'None is parked: the automatic replay has given up none.',
  ended: 'None was replayed, fixed or purged in the last 14 days.',
};
