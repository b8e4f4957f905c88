import { useCallback, useEffect, useState } from 'preact/hooks';
import type * as z from 'zod';
import { ask, messageOf, RequestFailedError } from './api.ts';
import { isHeld } from './settings.ts';

/** What is known of a response. The last good one stays while newer ones fail. */
export interface ApiResult<Value> {
  readonly value?: Value;
  /** When the value came. */
  readonly at?: Date;
  readonly failure?: string;
  /** The status of the response that failed. */
  readonly failureStatus?: number;
  /** The code of its problem. */
  readonly failureCode?: string;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

type State<Value> = Omit<ApiResult<Value>, 'reload'> & { readonly path: string | undefined };

/**
 * Requests `path`; again every `everyMs` while the page is visible and its updates are not paused, where that is given.
 *
 * @param path Nothing is requested while it is `undefined`.
 */
export function useResponse<Schema extends z.ZodType>(
  path: string | undefined,
  schema: Schema,
  everyMs?: number,
): ApiResult<z.infer<Schema>> {
  const [state, setState] = useState<State<z.infer<Schema>>>({ path, isLoading: true });
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    if (path === undefined) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = () => {
      if (everyMs !== undefined && !leaving.signal.aborted) timer = setTimeout(repeat, everyMs);
    };
    const repeat = () => (document.hidden || isHeld() ? next() : void load());
    const load = async () => {
      setState((before) =>
        before.path === path ? { ...before, isLoading: true } : { path, isLoading: true },
      );
      try {
        const value = await ask(path, schema, { signal: leaving.signal });
        setState({ path, value, at: new Date(), isLoading: false });
      } catch (error) {
        if (leaving.signal.aborted) return;
        const { status, code } =
          error instanceof RequestFailedError ? error : { status: undefined, code: undefined };
        setState(({ failure: _, failureStatus: __, failureCode: ___, ...before }) => ({
          ...before,
          failure: messageOf(error),
          ...(status === undefined ? {} : { failureStatus: status }),
          ...(code === undefined ? {} : { failureCode: code }),
          isLoading: false,
        }));
      }
      next();
    };
    void load();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [path, schema, everyMs, round]);
  const { path: requested, ...response } = state;
  return requested === path ? { ...response, reload } : { isLoading: true, reload };
}

/** The last value that was there, so that a change of a filter does not empty the page; none once the request for the new one failed. */
export function useLast<Value>({
  value,
  failure,
}: Pick<ApiResult<Value>, 'value' | 'failure'>): Value | undefined {
  const [last, setLast] = useState(value);
  if (value !== undefined && value !== last) setLast(value);
  return value ?? (failure === undefined ? last : undefined);
}
