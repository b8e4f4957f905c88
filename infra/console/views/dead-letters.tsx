import { DeadLetterList } from '../../../contracts/api/operators.ts';
import { time } from '../format.ts';
import { ResponseState } from '../response-state.tsx';
import { addressOf } from '../route.ts';
import { useResponse } from '../use-response.ts';

/** Lists the dead letters. It does not repeat on its own: each list hides the messages from others for a moment, and counts. */
export function DeadLetters() {
  const response = useResponse('/ops/dead-letters', DeadLetterList);
  const { value, isLoading, reload } = response;
  return (
    <>
      <h1>Dead letters</h1>
      <p>
        <button type="button" onClick={reload} disabled={isLoading}>
          Look again
        </button>{' '}
        <span class="muted">Each look at the queues counts as a receive of every message.</span>
      </p>
      <ResponseState response={response} what="The dead letters" />
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
