import { setTimeout as timeOut } from 'node:timers/promises';

/** Whether that is over within the time; what it rejects with is thrown. */
export async function settledWithin(waitedFor: Promise<unknown>, ms: number): Promise<boolean> {
  const isOver = new AbortController();
  const isEnded = waitedFor.then(() => true);
  const isTimedOut = timeOut(ms, false, { signal: isOver.signal }).catch(() => false);
  try {
    return await Promise.race([isEnded, isTimedOut]);
  } finally {
    isOver.abort();
  }
}
