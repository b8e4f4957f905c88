import type { DeadLetterAttempt, DeadLetterSummary } from '../../../../contracts/api/dead-letters.ts';
import { deadLetterAddress } from '../../data/route.ts';
import { Ago, Pill, type Tone } from '../../parts/basic.tsx';
import { words } from '../../parts/format.ts';
import { Field } from './causes.tsx';
import type { Filter } from './filter.tsx';
import { Item } from './list.tsx';

const OUTCOME_TONES: ReadonlyMap<DeadLetterAttempt['outcome'], Tone> = new Map([
  ['failed', 'bad'],
  ['replayed', 'ok'],
  ['fixed', 'ok'],
  ['item-deleted', 'ok'],
  ['parked', 'warn'],
]);

export const Outcome = ({ outcome }: Pick<DeadLetterAttempt, 'outcome'>) => (
  <Pill tone={OUTCOME_TONES.get(outcome) ?? 'calm'}>{words(outcome)}</Pill>
);

interface EndedTableProps {
  readonly deadLetters: readonly DeadLetterSummary[];
  readonly filter: Filter;
  readonly isLoading: boolean;
  readonly opened: string | undefined;
}

/** A page of dead letters that have ended: how, by whom and when. Nothing can be done to them any more. */
export const EndedTable = ({ deadLetters, filter, isLoading, opened }: EndedTableProps) => (
  <table class="dead-letters" aria-busy={isLoading}>
    <caption class="unseen">Dead letters that have ended</caption>
    <thead>
      <tr>
        <th scope="col">Dead letter</th>
        <th scope="col">Outcome</th>
        <th scope="col">Who</th>
        <th scope="col" class="extra">
          Consumer
        </th>
        <th scope="col" class="extra">
          Cause
        </th>
        <th scope="col" class="extra">
          Item
        </th>
        <th scope="col" class="number">
          Ended
        </th>
      </tr>
    </thead>
    <tbody>
      {deadLetters.map((one) => (
        <tr key={one.id} aria-current={one.id === opened ? 'true' : undefined}>
          <td data-label="Dead letter">
            <a class="id" data-row href={deadLetterAddress(one.id, filter)} title={one.id}>
              {one.id.slice(0, 8)}
            </a>
          </td>
          <td data-label="Outcome">{one.end !== undefined && <Outcome outcome={one.end.outcome} />}</td>
          <td data-label="Who">
            <bdi>{one.end?.by}</bdi>
          </td>
          <td data-label="Consumer" class="extra nobreak">
            {one.consumer}
          </td>
          <td data-label="Cause" class="extra">
            <span>
              {words(one.reason)}
              {one.issue !== undefined && ': '}
              {one.issue !== undefined && <Field issue={one.issue} />}
            </span>
          </td>
          <td data-label="Item" class="extra">
            <Item summary={one} />
          </td>
          <td data-label="Ended" class="number nobreak">
            {one.end !== undefined && <Ago at={one.end.at} />}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);
