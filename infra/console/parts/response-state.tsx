import type { ApiResult } from '../data/use-response.ts';
import { Ago } from './basic.tsx';

/** Shows the state of a response: that it is loading, or what failed and how old the data is that is shown. */
export function ResponseState({
  response: { at, failure, isLoading, reload },
  what,
}: {
  readonly response: ApiResult<unknown>;
  readonly what: string;
}) {
  if (failure !== undefined)
    return (
      <div class="notice bad">
        <p>
          {/* Alone in the alert, which is read out again when it changes: as the age does, and the id of a request. */}
          <strong role="alert">{what} could not be read.</strong> {failure}{' '}
          {at !== undefined && (
            <>
              What is shown is from <Ago at={at.toISOString()} />.
            </>
          )}
        </p>
        <button type="button" onClick={reload}>
          Try again
        </button>
      </div>
    );
  if (at !== undefined || !isLoading) return <p class="state" role="status" />;
  return (
    <p class="state loading" role="status">
      Reading {what.charAt(0).toLowerCase() + what.slice(1)}…
    </p>
  );
}
