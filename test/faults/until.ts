import { setTimeout as sleep } from 'node:timers/promises';
import { OrderStreamError } from '../../pipelines/errors.ts';

const LOOK_INTERVAL_MS = 20;
const TIMEOUT_MS = 120_000;

/** What a fault waits for did not come. */
export class FaultNotPlayedError extends OrderStreamError {
  readonly code = 'fault-not-played';
  readonly remedy = 'Import more orders (--orders), so that the fault falls into the import.';
}

/** Looks again and again until there is something. @throws FaultNotPlayedError after two minutes. */
export async function until<Found>(what: string, look: () => Found | Promise<Found>): Promise<Found> {
  const deadlineMs = Date.now() + TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    const found = await look();
    if (found) return found;
    await sleep(LOOK_INTERVAL_MS);
  }
  throw new FaultNotPlayedError(`Timed out: ${what}`);
}
