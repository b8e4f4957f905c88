import { ago } from './format.ts';
import type { ApiResult } from './use-response.ts';

/** Says how good what is shown is: that it is loading, when it came, and what failed since. */
export function ResponseState({
  response,
  what,
}: {
  readonly response: ApiResult<unknown>;
  readonly what: string;
}) {
  const { at, failure, isLoading, reload } = response;
  if (failure !== undefined)
    return (
      <p class="failure" role="alert">
        {what} could not be read. {failure} {at !== undefined && `What is shown is from ${ago(at)} ago. `}
        <button type="button" onClick={reload}>
          Try again
        </button>
      </p>
    );
  return (
    <p class="state" role="status">
      {at === undefined && isLoading ? `Reading ${what.toLowerCase()}…` : ''}
    </p>
  );
}
