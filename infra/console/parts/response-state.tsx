import { useNow } from '../data/settings.ts';
import type { ApiResult } from '../data/use-response.ts';
import { ago } from './format.ts';

/** Shows the state of a response: that it is loading, or what failed and how old the data is that is shown. */
export function ResponseState({
  response: { at, failure, isLoading, reload },
  what,
}: {
  readonly response: ApiResult<unknown>;
  readonly what: string;
}) {
  const now = useNow();
  if (failure !== undefined)
    return (
      <div class="notice bad" role="alert">
        <p>
          <strong>{what} could not be read.</strong> {failure}{' '}
          {at !== undefined && `What is shown is from ${ago(at, now)}.`}
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
