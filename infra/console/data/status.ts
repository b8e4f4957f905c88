import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { SystemStatus } from '../../../contracts/api/status.ts';
import { type ApiResult, useResponse } from './use-response.ts';

/** How often the page asks for the status. A problem is to be on the page within 30 s. */
export const STATUS_EVERY_MS = 5_000;

/** The status of the system, which the frame requests and several views show. */
export const Status = createContext<ApiResult<SystemStatus>>({ isLoading: true, reload: () => {} });
export const useStatus = (): ApiResult<SystemStatus> => useContext(Status);
export const useStatusResponse = (): ApiResult<SystemStatus> =>
  useResponse('/ops/status', SystemStatus, STATUS_EVERY_MS);

/** The number of dead letters on the queues of the consumers. */
export const waitingOf = ({ deadLetters: { waiting } }: SystemStatus): number =>
  waiting['order-events'] + waiting['search-index'];

/** The word for each state; the colour never stands without it. */
export const VERDICT_WORDS = { ok: 'All is well', warning: 'Warning', failing: 'Failing' } as const;
export const toneOfVerdict = { ok: 'ok', warning: 'warn', failing: 'bad' } as const;
