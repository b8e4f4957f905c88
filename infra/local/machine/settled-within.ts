import { setTimeout as timeOut } from 'node:timers/promises';

/** Whether a promise settles within the time. @throws the error with which it rejects. */
export async function settledWithin(waitedFor: Promise<unknown>, ms: number): Promise<boolean> {
  const ended = new AbortController();
  const isEnded = waitedFor.then(() => true);
  const isTimedOut = timeOut(ms, false, { signal: ended.signal }).catch(() => false);
  try {
    return await Promise.race([isEnded, isTimedOut]);
  } finally {
    ended.abort();
  }
}
