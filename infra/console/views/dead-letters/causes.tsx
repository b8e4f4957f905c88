import { useState } from 'preact/hooks';
import type { DeadLetterCause, DeadLetterIssue } from '../../../../contracts/api/dead-letters.ts';
import { deadLetterAddress } from '../../data/route.ts';
import { useZone } from '../../data/settings.ts';
import { Pill } from '../../parts/basic.tsx';
import { ago, count, counted, exactTime, fieldOf, shortId, timeSpan, words } from '../../parts/format.ts';
import { Issue } from '../../parts/issues.tsx';
import { Actions } from './actions.tsx';
import { type Filter, filterAddress } from './filter.tsx';

interface CauseTableProps {
  readonly causes: readonly DeadLetterCause[];
  readonly caption: string;
  /** What the causes were narrowed to: the actions keep to it. */
  readonly filter?: Filter;
  readonly reload: () => void;
}

/** Dead letters by cause. The operator chooses causes, and replays or purges all that have them. */
export function CauseTable({ causes, caption, filter = {}, reload }: CauseTableProps) {
  const [chosenIds, setChosenIds] = useState<ReadonlySet<string>>(new Set());
  const chosen = causes.filter(({ causeId }) => chosenIds.has(causeId));
  const number = chosen.reduce((sum, cause) => sum + totalOf(cause), 0);
  const toggle = (causeId: string) => setChosenIds((before) => toggled(before, causeId));
  const areAll = chosen.length === causes.length;
  return (
    <>
      <div class="bar">
        <label class="check">
          <input
            type="checkbox"
            checked={areAll}
            onChange={() => setChosenIds(new Set(areAll ? [] : causes.map(({ causeId }) => causeId)))}
          />{' '}
          All causes
        </label>
        <span class="muted" role="status">
          {chosen.length === 0
            ? 'Choose causes to replay or purge their dead letters.'
            : `${counted(chosen.length, 'cause')}, ${counted(number, 'dead letter')} chosen`}
        </span>
        <span class="bar-do">
          <Actions
            number={number}
            chosen={{
              selections: chosen.map(({ causeId }) => ({ filter: { ...filter, cause: causeId } })),
              what: counted(number, 'dead letter'),
            }}
            changed={reload}
          />
        </span>
      </div>
      <table class="causes">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col" class="check">
              <span class="unseen">Chosen</span>
            </th>
            <th scope="col">Cause</th>
            <th scope="col">Field</th>
            <th scope="col">Example</th>
            <th scope="col" class="number">
              order-events
            </th>
            <th scope="col" class="number">
              search-index
            </th>
            <th scope="col" class="number">
              Parked
            </th>
            <th scope="col">First – last</th>
          </tr>
        </thead>
        <tbody>
          {causes.map((cause) => (
            <tr key={cause.causeId} class={chosenIds.has(cause.causeId) ? 'chosen' : ''}>
              <td class="check" data-label="Choose">
                <input
                  type="checkbox"
                  aria-label={`Choose ${words(cause.reason)}, ${cause.issue === undefined ? cause.entity : fieldOf(cause.issue.path)}`}
                  checked={chosenIds.has(cause.causeId)}
                  onChange={() => toggle(cause.causeId)}
                />
              </td>
              <td data-label="Cause">
                <a data-row href={filterAddress({ ...filter, cause: cause.causeId })} title="List them">
                  <Pill tone="bad">{words(cause.reason)}</Pill>
                </a>{' '}
                <span class="muted">{cause.entity}</span>
              </td>
              <td data-label="Field">
                <Field issue={cause.example.issue ?? cause.issue} />
              </td>
              <td data-label="Example">
                <a class="id" href={deadLetterAddress(cause.example.id, filter)} title={keyOf(cause.example)}>
                  <bdi>{exampleOf(cause)}</bdi>
                </a>
              </td>
              <td data-label="order-events" class="number">
                {count(cause.counts['order-events'])}
              </td>
              <td data-label="search-index" class="number">
                {count(cause.counts['search-index'])}
              </td>
              <td data-label="Parked" class="number">
                {count(cause.counts.parked)}
              </td>
              <td data-label="First – last" class="nobreak">
                <Span from={cause.firstFailedAt} to={cause.lastFailedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** A set with the value, or without it if it has it. */
export const toggled = (before: ReadonlySet<string>, value: string): ReadonlySet<string> =>
  before.has(value) ? new Set([...before].filter((one) => one !== value)) : new Set([...before, value]);

const totalOf = ({ counts }: DeadLetterCause): number =>
  counts['order-events'] + counts['search-index'] + counts.parked;

const keyOf = ({ key, id }: DeadLetterCause['example']): string =>
  key === undefined ? id : `${key.pk} / ${key.sk}`;

const exampleOf = ({ example: { id, order } }: DeadLetterCause): string =>
  order === undefined ? shortId(id) : `${order.userId} / ${shortId(order.orderId)}`;

/** The field that is to blame, where the reason names one. */
export const Field = ({ issue }: { readonly issue: DeadLetterIssue | undefined }) =>
  issue === undefined ? (
    <span class="muted">no field</span>
  ) : (
    <span>
      <Issue issue={issue} />
    </span>
  );

function Span({ from, to }: { readonly from: string; readonly to: string }) {
  useZone();
  return (
    <span title={`${exactTime(from)} – ${exactTime(to)}, ${ago(to, Date.now())}`}>{timeSpan(from, to)}</span>
  );
}
