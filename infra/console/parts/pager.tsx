import { useState } from 'preact/hooks';

/** The pages of a list that go by tokens: forward, and back the way one came. */
export interface Pages {
  /** The token of the page that is shown; absent for the first. */
  readonly token: string | undefined;
  readonly number: number;
  readonly previous: () => void;
  readonly next: (token: string) => void;
}

/** @param list Names the list, such as by its filter: a token belongs to one list alone. */
export function usePages(list: string): Pages {
  const [state, setState] = useState<{ readonly list: string; readonly tokens: readonly string[] }>({
    list,
    tokens: [],
  });
  const tokens = state.list === list ? state.tokens : [];
  return {
    token: tokens.at(-1),
    number: tokens.length + 1,
    previous: () => setState({ list, tokens: tokens.slice(0, -1) }),
    next: (token) => setState({ list, tokens: [...tokens, token] }),
  };
}

interface PagerProps {
  readonly pages: Pages;
  readonly nextToken: string | undefined;
  readonly isLoading: boolean;
}

/** Goes from page to page; nothing where there is only one. */
export function Pager({ pages, nextToken, isLoading }: PagerProps) {
  if (pages.number === 1 && nextToken === undefined) return null;
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" disabled={pages.number === 1} onClick={pages.previous}>
        Previous page
      </button>
      <span class="muted" role="status">
        Page {pages.number}
      </span>
      <button
        type="button"
        disabled={nextToken === undefined || isLoading}
        onClick={() => nextToken !== undefined && pages.next(nextToken)}
      >
        Next page
      </button>
    </nav>
  );
}
