import type { Instant } from '../../contracts/ids.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { instantOf } from '../clock.ts';
import {
  type OpenDeadLetter,
  openDeadLetters,
  SELECTED_MAX,
} from '../dead-letters/list/dead-letter-selection.ts';
import type { DeadLetterStore } from '../operations/dead-letter-store.ts';

/** The open dead letters of a consumer that have one cause, and are waiting, or are parked. */
export interface OpenCause {
  readonly consumer: ConsumerName;
  readonly causeId: string;
  readonly code: string;
  readonly message: string;
  readonly waiting: number;
  readonly parked: number;
  /** Of all, when the first and the last failed. */
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** Failed at `recentSince` or later. */
  readonly recent: number;
  /** When the first of them expires, on its queue and in the store. */
  readonly keptUntil: Instant;
}

/** The open dead letters by consumer, cause and state. */
export interface OpenCauses {
  readonly causes: readonly OpenCause[];
  /** Only the latest were counted: there may be more of each cause, and more causes. */
  readonly isCutShort: boolean;
}

/**
 * Counts the open dead letters by consumer, cause and state: the latest {@link SELECTED_MAX}, or those that it read until `enough` aborted.
 *
 * @throws the SDK's own errors.
 */
export async function openCauses(
  store: Pick<DeadLetterStore, 'openPage'>,
  recentSince: Instant,
  enough: AbortSignal,
): Promise<OpenCauses> {
  const { items, isCutShort } = await openDeadLetters(store, {}, SELECTED_MAX, enough);
  const byCause = Map.groupBy(items, ({ consumer, causeId, state }) => `${consumer} ${causeId} ${state}`);
  return { causes: [...byCause.values()].flatMap((members) => causeOf(members, recentSince)), isCutShort };
}

function causeOf(members: readonly OpenDeadLetter[], recentSince: Instant): OpenCause[] {
  const sorted = members.toSorted((one, other) => (one.failedAt < other.failedAt ? -1 : 1));
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const count = (state: OpenDeadLetter['state']): number =>
    members.filter((one) => one.state === state).length;
  return [
    {
      consumer: first.consumer,
      causeId: first.causeId,
      code: last.reason.code,
      message: last.reason.message,
      waiting: count('waiting'),
      parked: count('parked'),
      firstAt: first.failedAt,
      lastAt: last.failedAt,
      recent: members.filter(({ failedAt }) => failedAt >= recentSince).length,
      keptUntil: instantOf(
        new Date(members.reduce((least, { ttl }) => Math.min(least, ttl), first.ttl) * MS_PER_SECOND),
      ),
    },
  ];
}
