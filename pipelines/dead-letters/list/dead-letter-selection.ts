import type {
  DeadLetterFilter,
  DeadLetterId,
  DeadLetterListFilter,
  DeadLetterSelection,
  DeadLetterSummary,
  UnmatchedFilter,
} from '../../../contracts/api/dead-letters.ts';
import { parseKey } from '../../../contracts/entities/entities.ts';
import { earlierOf } from '../../../contracts/ids.ts';
import type { DeadLetterItem } from '../../../contracts/operations/operations-items.ts';
import { ConsumerName } from '../../../contracts/stream.ts';
import {
  type DeadLetterStore,
  hasEnded,
  type IndexPosition,
  type IndexQuery,
} from '../../operations/dead-letter-store.ts';
import type { Page } from '../../paging/read-page.ts';

/** A dead letter that is on a queue. */
export type OpenDeadLetter = DeadLetterItem & { readonly state: 'waiting' | 'parked' };

const isOpen = (item: DeadLetterItem): item is OpenDeadLetter =>
  item.state === 'waiting' || item.state === 'parked';

/** What filters compare of a dead letter. */
type FilteredItem = Pick<
  DeadLetterItem,
  'id' | 'consumer' | 'state' | 'reason' | 'causeId' | 'entity' | 'key' | 'failedAt' | 'history'
>;

/** Whether a dead letter matches a filter. Text matches in any case. */
export function matchesFilter(item: FilteredItem, filter: DeadLetterFilter): boolean {
  const { consumer, state, reason, cause, entity, since, until, text } = filter;
  return (
    (consumer === undefined || item.consumer === consumer) &&
    (state === undefined || item.state === state) &&
    (reason === undefined || item.reason.code === reason) &&
    (cause === undefined || item.causeId === cause) &&
    (entity === undefined || item.entity === entity) &&
    (since === undefined || item.failedAt >= since) &&
    (until === undefined || item.failedAt < until) &&
    (text === undefined || hasText(item, text.toLowerCase()))
  );
}

const hasText = ({ id, key, reason }: FilteredItem, text: string): boolean =>
  [
    ...[id, key?.pk, key?.sk, reason.message],
    ...reason.issues.flatMap(({ path, message, value }) => [path, message, value]),
  ].some((part) => part?.toLowerCase().includes(text));

/** What ended a dead letter, and who did: its last attempt. `undefined` while it has not ended. */
const endOf = (item: FilteredItem): DeadLetterSummary['end'] => {
  const last = hasEnded(item) ? item.history.at(-1) : undefined;
  return last && { at: last.at, by: last.by, outcome: last.outcome };
};

/** A dead letter as the API summarises it. @param item One that was on a queue. */
export function summaryOf(item: DeadLetterItem): DeadLetterSummary {
  const { id, consumer, state, kind, reason, causeId, entity, key, eventName, records } = item;
  const named = key && parseKey(key);
  return {
    ...{ id, consumer, kind, reason: reason.code, issue: reason.issues[0], causeId, entity, key },
    // Between the two writes around its message, it is about to wait.
    state: state === 'unqueued' ? 'waiting' : state,
    order: named?.entityType === 'Order' ? { userId: named.userId, orderId: named.orderId } : undefined,
    ...{ eventName, records, attempts: item.attempts },
    ...{ firstSeenAt: item.firstSeenAt, failedAt: item.failedAt, end: endOf(item) },
  };
}

/** What a person sees of the field to blame: `total` for the image's `NewImage.total`. */
export const fieldName = (path: string): string => path.replace(/^(?:NewImage|OldImage|Keys)\./, '');

type Facet = readonly [
  keyof DeadLetterListFilter,
  UnmatchedFilter['here'][number]['what'],
  (item: FilteredItem) => readonly string[],
];
const FACETS: readonly Facet[] = [
  ['consumer', 'consumers', ({ consumer }) => [consumer]],
  ['state', 'states', ({ state }) => [state]],
  ['reason', 'reasons', ({ reason }) => [reason.code]],
  ['cause', 'causes', ({ causeId }) => [causeId]],
  ['entity', 'entities', ({ entity }) => [entity]],
  ['text', 'fields', ({ reason }) => reason.issues.map(({ path }) => fieldName(path))],
];

/** The days of what `since` and `until` compare. */
function timesOf({ state }: DeadLetterListFilter): readonly Facet[] {
  const [what, timeOf] =
    state === 'ended'
      ? (['ended', (item: FilteredItem) => endOf(item)?.at] as const)
      : (['failed', ({ failedAt }: FilteredItem) => failedAt] as const);
  const daysOf = (item: FilteredItem) =>
    [timeOf(item)].flatMap((at) => at?.slice(0, 'yyyy-mm-dd'.length) ?? []);
  return [
    ['since', what, daysOf],
    ['until', what, daysOf],
  ];
}

/** What there is, for a filter that matches nothing: the values of each member that it names, the most frequent first. */
export function unmatchedFilter(
  items: readonly FilteredItem[],
  filter: DeadLetterListFilter,
): UnmatchedFilter {
  const facets = [...FACETS, ...timesOf(filter)].filter(([member]) => filter[member] !== undefined);
  const byName = new Map(facets.map(([, what, valuesOf]) => [what, items.flatMap(valuesOf)]));
  return {
    total: items.length,
    here: [...byName].map(([what, values]) => ({ what, values: frequencies(values) })),
  };
}

const frequencies = (values: readonly string[]) =>
  [...Map.groupBy(values, (value) => value)]
    .map(([value, all]) => ({ value, count: all.length }))
    .toSorted((one, other) => other.count - one.count);

/** The most dead letters that an action or a count reads. */
export const SELECTED_MAX = 10_000;
const READ_AT_ONCE = 1_000;

/** The open dead letters of a selection, as the store has them. */
export interface SelectedDeadLetters {
  readonly items: readonly OpenDeadLetter[];
  /** Whether there may be more. */
  readonly isCutShort: boolean;
}

/**
 * The open dead letters that match a filter, the latest first, at most {@link SELECTED_MAX}.
 *
 * @param enough Ends the reading between two pages when it aborts.
 * @throws the SDK's own errors.
 */
export async function openDeadLetters(
  store: Pick<DeadLetterStore, 'openPage'>,
  filter: DeadLetterFilter = {},
  selectedMax = SELECTED_MAX,
  enough?: AbortSignal,
): Promise<SelectedDeadLetters> {
  const { items, isCutShort } = await latestOf(
    (place) => store.openPage({ ...openQuery(filter), ...place }),
    selectedMax,
    enough,
  );
  return { items: items.filter(isOpen), isCutShort };
}

/** Which page of the index. */
export type IndexPlace = Pick<IndexQuery, 'limit' | 'startAfter'>;

/** Reads pages until there are `itemsMax` items, or the list ends, or `enough` aborts. */
export async function latestOf(
  readPage: (place: IndexPlace) => Promise<Page<DeadLetterItem, IndexPosition>>,
  itemsMax: number,
  enough?: AbortSignal,
): Promise<{ readonly items: readonly DeadLetterItem[]; readonly isCutShort: boolean }> {
  const items: DeadLetterItem[] = [];
  let startAfter: IndexPosition | undefined;
  do {
    const page = await readPage({ limit: Math.min(READ_AT_ONCE, itemsMax - items.length), startAfter });
    items.push(...page.items);
    startAfter = page.next;
  } while (startAfter !== undefined && items.length < itemsMax && enough?.aborted !== true);
  return { items, isCutShort: startAfter !== undefined };
}

/** Reads a page of the open or of the ended dead letters that match. @throws the SDK's own errors. */
export function listedPage(
  store: Pick<DeadLetterStore, 'openPage' | 'endedPage'>,
  { state, ...filter }: DeadLetterListFilter,
  place: IndexPlace,
): Promise<Page<DeadLetterItem, IndexPosition>> {
  if (state !== 'ended') return store.openPage({ ...openQuery({ ...filter, state }), ...place });
  const { since, until, ...others } = filter;
  return store.endedPage({ ...openQuery(others), since, until, ...place });
}

/** What of a filter the index finds, and a function for the others. */
const openQuery = (filter: DeadLetterFilter) => ({
  consumers: filter.consumer === undefined ? ConsumerName.options : [filter.consumer],
  since: filter.since,
  until: filter.until,
  matches: (item: DeadLetterItem) => matchesFilter(item, filter),
});

/**
 * The open dead letters that an action takes: those with these ids and that match, and that failed before it began. Those that failed again
 * since are not even read, so that each request of a long action reads less than the one before it.
 *
 * @throws the SDK's own errors.
 */
export async function selectedDeadLetters(
  store: Pick<DeadLetterStore, 'openPage' | 'get'>,
  { ids, filter, startedAt }: DeadLetterSelection,
  selectedMax = SELECTED_MAX,
): Promise<SelectedDeadLetters> {
  const until = earlierOf(filter?.until, startedAt);
  const { items, isCutShort } =
    ids === undefined
      ? await openDeadLetters(store, { ...filter, until }, selectedMax)
      : await deadLettersById(store, ids);
  const isSelected = (item: OpenDeadLetter): boolean =>
    item.failedAt < startedAt && matchesFilter(item, filter ?? {});
  return { items: items.filter(isSelected), isCutShort };
}

async function deadLettersById(
  store: Pick<DeadLetterStore, 'get'>,
  ids: readonly DeadLetterId[],
): Promise<SelectedDeadLetters> {
  const items = await Promise.all([...new Set(ids)].map((id) => store.get(id)));
  return { items: items.filter((item) => item !== undefined).filter(isOpen), isCutShort: false };
}
