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

/** How many dead letters are open, as the status has counted them. */
export interface OpenNumbers {
  /** On the queues of the consumers, and on the parking queue. */
  readonly open: number;
  readonly waiting: number;
  readonly parked: number;
  /** What follows each number: `+` where there may be more. */
  readonly plus: '' | '+';
}

/** `undefined` where nothing is known of them. */
export function openNumbers(status: SystemStatus | undefined): OpenNumbers | undefined {
  if (status?.deadLetters === undefined) return undefined;
  const { waiting: each, parked, isCutShort } = status.deadLetters;
  const waiting = each['order-events'] + each['search-index'];
  return { open: waiting + parked, waiting, parked, plus: isCutShort ? '+' : '' };
}

/** The word for each state; the colour never stands without it. */
export const VERDICT_WORDS = { ok: 'All is well', warning: 'Warning', failing: 'Failing' } as const;
export const toneOfVerdict = { ok: 'ok', warning: 'warn', failing: 'bad' } as const;
