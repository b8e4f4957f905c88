import { useCallback, useEffect, useState } from 'preact/hooks';
import type * as z from 'zod';
import { ask } from './api.ts';

/** What is known of a response. The last good one stays while newer ones fail. */
export interface ApiResult<Value> {
  readonly value?: Value;
  /** When the value came. */
  readonly at?: Date;
  readonly failure?: string;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

type State<Value> = Omit<ApiResult<Value>, 'reload'> & { readonly path: string };

/** Asks for `path`; again every `everyMs` while the page is seen, where that is given. */
export function useResponse<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  everyMs?: number,
): ApiResult<z.infer<Schema>> {
  const [state, setState] = useState<State<z.infer<Schema>>>({ path, isLoading: true });
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  useEffect(() => {
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = () => {
      if (everyMs !== undefined && !leaving.signal.aborted) timer = setTimeout(load, everyMs);
    };
    const load = async () => {
      if (document.hidden && everyMs !== undefined) return next();
      setState((before) =>
        before.path === path ? { ...before, isLoading: true } : { path, isLoading: true },
      );
      try {
        const value = await ask(path, schema, { signal: leaving.signal });
        setState({ path, value, at: new Date(), isLoading: false });
      } catch (error) {
        if (leaving.signal.aborted) return;
        const failure = error instanceof Error ? error.message : 'It failed.';
        setState(({ failure: _, ...before }) => ({ ...before, failure, isLoading: false }));
      }
      next();
    };
    void load();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [path, schema, everyMs, turn]);
  const { path: answered, ...response } = state;
  return answered === path ? { ...response, reload } : { isLoading: true, reload };
}
