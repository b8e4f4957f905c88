import { createHash } from 'node:crypto';
import {
  DeadLetterCauses,
  type DeadLetterFilter,
  DeadLetterId,
  type DeadLetterListFilter,
  DeadLetterPage,
  DeadLetterSummary,
  DeadLetterView,
  FixResult,
  ReplayStep,
} from '../../../../contracts/api/dead-letters.ts';
import type { ConsumerName } from '../../../../contracts/stream.ts';
import {
  matchesFilter,
  unmatchedFilter,
} from '../../../../pipelines/dead-letters/list/dead-letter-selection.ts';
import { valueText } from '../../../../pipelines/operations/dead-letter-entry.ts';

/** When the dead letters of the stub failed. */
const FAILED_AT_MS = Date.now() - 600_000;
/** How many dead letters one request of a replay takes. */
const STEP = 60;
const CONSUMERS: readonly ConsumerName[] = ['order-events', 'search-index'];
const ORDER_TIME = '01KJMSY7G0';

/** One cause of the stub: a field of an order that a writer filled wrongly. */
export interface StubCause {
  readonly field: string;
  readonly message: string;
  readonly value: unknown;
  readonly fixed: string | number;
  /** How many orders have it; each has a dead letter of both consumers. */
  readonly orders: number;
  /** How many of those have been fixed in the table, so that a replay succeeds. */
  readonly sound: number;
}

export const THREE_CAUSES: readonly StubCause[] = [
  {
    field: 'total',
    message: 'expected number, received string',
    value: '2500',
    fixed: 2_500,
    orders: 52,
    sound: 1,
  },
  {
    field: 'status',
    message: 'expected one of placed, confirmed, shipped, delivered, cancelled, rejected',
    value: 'shiped',
    fixed: 'shipped',
    orders: 50,
    sound: 0,
  },
  {
    field: 'currency',
    message: 'must be an ISO 4217 currency code',
    value: 'usd',
    fixed: 'USD',
    orders: 48,
    sound: 0,
  },
];

interface Kept {
  readonly view: DeadLetterView;
  isSound: boolean;
  readonly cause: StubCause;
}

const hexOf = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);
const idOf = (text: string): DeadLetterId => DeadLetterId.parse(hexOf(text, 24));
export const orderIdOf = (number: number): string => `${ORDER_TIME}${String(number).padStart(16, '0')}`;

/** What a filter compares. */
const itemOf = ({ summary, attempts, reason }: DeadLetterView) => ({
  ...summary,
  reason: reason ?? { code: summary.reason, message: '', issues: [] },
  history: attempts,
});

/** The dead letters of a stub of the API, and what an operator can do to them. */
export class DeadLetterStore {
  readonly #kept = new Map<string, Kept>();

  constructor(causes: readonly StubCause[]) {
    let number = 0;
    for (const cause of causes)
      for (let place = 0; place < cause.orders; place += 1) {
        number += 1;
        for (const consumer of CONSUMERS) this.#add(cause, number, place, consumer);
      }
  }

  #add(cause: StubCause, number: number, place: number, consumer: ConsumerName): void {
    const orderId = orderIdOf(number);
    const at = (offset: number) => new Date(FAILED_AT_MS + number * 80 + offset).toISOString();
    const key = { pk: 'USER#ada', sk: `ORDER#${orderId}` };
    const before = {
      ...key,
      entityType: 'Order',
      orderId,
      userId: 'ada',
      status: 'placed',
      total: 2_500,
      currency: 'EUR',
      version: 1_772_347_808_000_000 + number,
    };
    const after = {
      ...before,
      [cause.field]: cause.value,
      version: before.version + 1,
      lines: [{ sku: 'EMO-1', quantity: 1 }],
    };
    const issue = {
      path: `NewImage.${cause.field}`,
      message: cause.message,
      value: valueText(cause.value),
    };
    const id = idOf(`${consumer} ${orderId}`);
    const summary = DeadLetterSummary.parse({
      id,
      consumer,
      state: 'waiting',
      kind: 'record',
      reason: 'contract-violation',
      issue,
      causeId: hexOf(cause.field, 12),
      entity: 'Order',
      key,
      order: { userId: 'ada', orderId },
      eventName: 'MODIFY',
      records: 1,
      attempts: 2,
      firstSeenAt: at(0),
      failedAt: at(4_000),
    });
    const view = DeadLetterView.parse({
      summary,
      attempts: [
        { at: at(0), by: consumer, outcome: 'failed', code: 'contract-violation' },
        { at: at(4_000), by: 'automatic-replay', outcome: 'failed', code: 'contract-violation' },
      ],
      reason: {
        code: 'contract-violation',
        message: "The item's NewImage breaks its contract",
        issues: [issue],
      },
      remedy: `Correct the field in the table and raise the version by 1, then replay. Do not purge: the order would be missing.`,
      runbook: 'fix-a-contract-violation',
      twin: idOf(`${CONSUMERS.find((one) => one !== consumer)} ${orderId}`),
      records: [
        { from: 'the message', key, eventName: 'MODIFY', oldImage: before, newImage: after, current: after },
      ],
      recordsRemaining: 0,
      isHidden: false,
      isTrimmed: false,
    });
    this.#kept.set(id, { view, isSound: place < cause.sound, cause });
  }

  /** By the rules of the API, so that a page that takes them otherwise fails. */
  #matching({ state, ...filter }: DeadLetterListFilter): readonly Kept[] {
    return [...this.#kept.values()]
      .filter(({ view }) => {
        const { end } = view.summary;
        if (state !== 'ended') return end === undefined && matchesFilter(itemOf(view), { ...filter, state });
        return end !== undefined && matchesFilter({ ...itemOf(view), failedAt: end.at }, filter);
      })
      .toSorted((one, other) => other.view.summary.failedAt.localeCompare(one.view.summary.failedAt));
  }

  get(id: string): DeadLetterView | undefined {
    return this.#kept.get(id)?.view;
  }

  /** Those of an order. */
  ofOrder(orderId: string): readonly DeadLetterSummary[] {
    return [...this.#kept.values()].flatMap(({ view: { summary } }) =>
      summary.order?.orderId === orderId ? [summary] : [],
    );
  }

  page(filter: DeadLetterListFilter, limit: number, from: number): DeadLetterPage {
    const all = this.#matching(filter);
    const deadLetters = all.slice(from, from + limit).map(({ view }) => view.summary);
    if (all.length === 0) {
      const others = this.#matching(filter.state === 'ended' ? { state: 'ended' } : {});
      const items = others.map(({ view }) => itemOf(view));
      return DeadLetterPage.parse({
        deadLetters,
        unmatched: items.length === 0 ? undefined : unmatchedFilter(items, filter),
      });
    }
    return DeadLetterPage.parse({
      deadLetters,
      ...(from + limit < all.length ? { nextToken: String(from + limit) } : {}),
    });
  }

  causes(filter: DeadLetterFilter): DeadLetterCauses {
    const all = this.#matching(filter);
    const groups = [...Map.groupBy(all, ({ view }) => view.summary.causeId).values()];
    return DeadLetterCauses.parse({
      causes: groups.map((group) => {
        const summaries = group.map(({ view }) => view.summary);
        const waiting = summaries.filter(({ state }) => state !== 'parked');
        const [example] = summaries.slice(-1);
        return {
          causeId: example?.causeId,
          reason: example?.reason,
          entity: example?.entity,
          issue: example?.issue,
          counts: {
            'order-events': waiting.filter(({ consumer }) => consumer === 'order-events').length,
            'search-index': waiting.filter(({ consumer }) => consumer === 'search-index').length,
            parked: summaries.length - waiting.length,
          },
          firstFailedAt: summaries.at(-1)?.failedAt,
          lastFailedAt: summaries[0]?.failedAt,
          example,
        };
      }),
      total: all.length,
      isCutShort: false,
    });
  }

  #chosen(
    ids: readonly string[] | undefined,
    filter: DeadLetterFilter | undefined,
    startedAt: string,
  ): readonly Kept[] {
    const all = this.#matching(filter ?? {});
    return all.filter(
      ({ view: { summary } }) =>
        summary.failedAt < startedAt && (ids === undefined || ids.includes(summary.id)),
    );
  }

  replay({
    ids,
    filter,
    startedAt,
    dryRun,
  }: {
    ids?: readonly string[] | undefined;
    filter?: DeadLetterFilter | undefined;
    startedAt: string;
    dryRun: boolean;
  }): ReplayStep {
    const all = this.#chosen(ids, filter, startedAt);
    const step = dryRun ? all : all.slice(0, STEP);
    const failed = step.filter(({ isSound }) => !isSound);
    const failures = [...Map.groupBy(failed, ({ view }) => view.summary.causeId)].map(([causeId, group]) => ({
      causeId,
      reason: 'contract-violation',
      issue: group[0]?.view.summary.issue,
      count: group.length,
    }));
    if (!dryRun) for (const kept of step) this.#attempt(kept, kept.isSound ? 'replayed' : 'failed');
    return ReplayStep.parse({
      outcomes: { replayed: step.length - failed.length, itemDeleted: 0, failed: failed.length, skipped: 0 },
      failures,
      remaining: dryRun ? all.length : all.length - step.length,
      records: step.reduce((sum, { view }) => sum + view.summary.records, 0),
      failedRecords: 0,
    });
  }

  #attempt({ view }: Kept, outcome: 'replayed' | 'fixed' | 'failed' | 'purged'): void {
    const at = new Date().toISOString();
    const { summary } = view;
    const attempts = [
      ...view.attempts,
      { at, by: 'console', outcome, ...(outcome === 'failed' ? { code: summary.reason } : {}) },
    ];
    const changed =
      outcome === 'failed'
        ? { ...summary, failedAt: at, attempts: summary.attempts + 1 }
        : {
            ...summary,
            state: outcome === 'purged' ? outcome : 'replayed',
            end: { at, by: 'console', outcome },
          };
    const before = this.#kept.get(summary.id);
    if (before !== undefined)
      this.#kept.set(summary.id, {
        ...before,
        view: DeadLetterView.parse({ ...view, attempts, summary: changed }),
      });
  }

  /** `undefined` where another number than `confirm` matches. */
  purge(
    ids: readonly string[] | undefined,
    filter: DeadLetterFilter | undefined,
    startedAt: string,
    confirm: number,
  ) {
    const all = this.#chosen(ids, filter, startedAt);
    if (all.length !== confirm) return undefined;
    const step = all.slice(0, STEP);
    for (const kept of step) this.#attempt(kept, 'purged');
    return { purged: step.length, remaining: all.length - step.length };
  }

  fix(id: string, set: Readonly<Record<string, unknown>>, dryRun: boolean): FixResult | undefined {
    const kept = this.#kept.get(id);
    if (kept === undefined) return undefined;
    const { field, message, value, fixed } = kept.cause;
    const isSound = set[field] === fixed;
    const changes = Object.entries(set).map(([path, after]) => ({
      path,
      before: JSON.stringify(path === field ? value : 'unknown'),
      after: JSON.stringify(after),
    }));
    const pair = [id, kept.view.twin].flatMap((one) => this.#kept.get(one ?? '') ?? []);
    if (isSound && !dryRun)
      for (const one of pair) {
        one.isSound = true;
        this.#attempt(one, 'fixed');
      }
    return FixResult.parse({
      isApplied: isSound && !dryRun,
      issues: isSound ? [] : [{ path: field, message }],
      changes: isSound
        ? [...changes, { path: 'version', before: '1772347808000002', after: '1772347808000003' }]
        : changes,
      replays:
        isSound && !dryRun
          ? pair.map(({ view: { summary } }) => ({
              id: summary.id,
              consumer: summary.consumer,
              outcome: 'replayed',
            }))
          : [],
    });
  }

  /** How many are on a queue, by consumer and in causes. */
  counts(): { readonly waiting: Record<ConsumerName, number>; readonly causes: number } {
    const { causes } = this.causes({});
    const sum = (consumer: ConsumerName) => causes.reduce((total, { counts }) => total + counts[consumer], 0);
    return {
      waiting: { 'order-events': sum('order-events'), 'search-index': sum('search-index') },
      causes: causes.length,
    };
  }
}
