import { DeadLetterPage } from '../../../contracts/api/dead-letters.ts';
import { time } from '../format.ts';
import { ResponseState } from '../response-state.tsx';
import { addressOf } from '../route.ts';
import { useResponse } from '../use-response.ts';

/** Lists the latest dead letters. */
export function DeadLetters() {
  const response = useResponse('/ops/dead-letters?limit=100', DeadLetterPage);
  const { value, isLoading, reload } = response;
  return (
    <>
      <h1>Dead letters</h1>
      <p>
        <button type="button" onClick={reload} disabled={isLoading}>
          Look again
        </button>
      </p>
      <ResponseState response={response} what="The dead letters" />
      {value !== undefined && (
        <table aria-busy={isLoading}>
          <caption>
            <span role="status">
              {value.deadLetters.length === 0 ? 'There are none' : `${value.deadLetters.length} dead letters`}
              {value.nextToken !== undefined && ', and there are more'}
            </span>
          </caption>
          <thead>
            <tr>
              <th scope="col">Dead letter</th>
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
              <tr key={deadLetter.id}>
                <td data-label="Dead letter">
                  <a class="id" href={addressOf(['dead-letters', deadLetter.id])}>
                    {deadLetter.id.slice(0, 8)}
                  </a>
                </td>
                <td data-label="Consumer">{deadLetter.consumer}</td>
                <td data-label="Reason">{deadLetter.reason}</td>
                <td data-label="Items">{deadLetter.entity}</td>
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
