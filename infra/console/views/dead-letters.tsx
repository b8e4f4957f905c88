import { DeadLetterList } from '../../../contracts/api/operators.ts';
import { AnswerState } from '../answer-state.tsx';
import { time } from '../format.ts';
import { addressOf } from '../route.ts';
import { useAnswer } from '../use-answer.ts';

/** Lists the dead letters. Not by itself again and again: each look hides the messages from others for a moment, and counts. */
export function DeadLetters() {
  const answer = useAnswer('/ops/dead-letters', DeadLetterList);
  const { value, isLoading, reload } = answer;
  return (
    <>
      <h1>Dead letters</h1>
      <p>
        <button type="button" onClick={reload} disabled={isLoading}>
          Look again
        </button>{' '}
        <span class="muted">Each look at the queues counts as a receive of every message.</span>
      </p>
      <AnswerState answer={answer} what="The dead letters" />
      {value !== undefined && (
        <table aria-busy={isLoading}>
          <caption>
            <span role="status">
              {value.deadLetters.length === 0 ? 'There are none' : `${value.deadLetters.length} dead letters`}
              {value.isCutShort && ', and there may be more'}
            </span>
          </caption>
          <thead>
            <tr>
              <th scope="col">Letter</th>
              <th scope="col">Consumer</th>
              <th scope="col">Reason</th>
              <th scope="col">Items</th>
              <th scope="col" class="number">
                Records
              </th>
              <th scope="col" class="number">
                Attempts
              </th>
              <th scope="col">First seen</th>
            </tr>
          </thead>
          <tbody>
            {value.deadLetters.map((deadLetter) => (
              <tr key={deadLetter.messageId}>
                <td data-label="Letter">
                  <a class="id" href={addressOf(['dead-letters', deadLetter.consumer, deadLetter.messageId])}>
                    {deadLetter.messageId.slice(0, 8)}
                  </a>
                </td>
                <td data-label="Consumer">{deadLetter.consumer}</td>
                <td data-label="Reason">{deadLetter.reason}</td>
                <td data-label="Items">{deadLetter.entities.join(', ')}</td>
                <td data-label="Records" class="number">
                  {deadLetter.records}
                </td>
                <td data-label="Attempts" class="number">
                  {deadLetter.attempts}
                </td>
                <td data-label="First seen">{time(deadLetter.firstSeenAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
