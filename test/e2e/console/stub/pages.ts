import { Throughput } from '../../../../contracts/api/operators.ts';
import { ProductPage } from '../../../../contracts/api/products.ts';
import {
  ActivityPage,
  LagHistory,
  type SystemProblem,
  SystemStatus,
  VerificationRuns,
} from '../../../../contracts/api/status.ts';
import { OrderTimeline } from '../../../../contracts/api/timeline.ts';
import type { NotificationType } from '../../../../contracts/events/order-notification.ts';
import { consumerPaused } from '../../../../pipelines/status/problems.ts';
import { type DeadLetterStore, orderIdOf } from './dead-letter-store.ts';

/** What is wrong with the system of a stub. */
export type Condition = 'well' | 'search-down' | 'topic-deleted' | 'paused';

export const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString();
const later = (seconds: number): string => ago(-seconds);

const instant = (seconds: number) => SystemStatus.shape.at.parse(ago(seconds));
const searchDown = (): SystemProblem => ({
  id: 'consumer-failing:search-index',
  severity: 'failing',
  title: 'search-index is 2 min 07 s behind: OpenSearch does not respond',
  impact:
    'Nothing is lost: the records are retried until 12:24 UTC, and after that kept as dead letters. Searches return 503. Orders, stock and events go on.',
  cause: { code: 'search-unavailable', message: 'OpenSearch did not respond within 10000 ms' },
  since: instant(127),
  safeUntil: instant(-21_473),
  consumer: 'search-index',
  attempt: 10,
  records: 37,
  runbook: 'searchindexlagging',
  command: 'npm run ops -- status',
});
const topicDeleted = (): SystemProblem => ({
  ...searchDown(),
  id: 'consumer-failing:order-events',
  title: 'order-events is 1 min 12 s behind: the topic is missing',
  impact: 'Subscribers get no events, and stock and statistics wait. Orders and search go on.',
  cause: { code: 'topic-missing', message: 'NotFound: Topic does not exist' },
  consumer: 'order-events',
  runbook: 'ordereventslagging',
});
const paused = (): SystemProblem =>
  consumerPaused(
    {
      consumer: 'order-events',
      ...{
        at: instant(0),
        isTableReady: true,
        secondsBehind: 127,
        safeUntil: instant(-21_473),
        lostFrom: instant(-86_273),
      },
    },
    instant(127),
    'ada',
  );

const PROBLEMS: Readonly<Record<Condition, () => readonly SystemProblem[]>> = {
  well: () => [],
  'search-down': () => [searchDown()],
  'topic-deleted': () => [topicDeleted()],
  paused: () => [paused()],
};

export function statusPage(condition: Condition, store: DeadLetterStore): SystemStatus {
  const { waiting, causes } = store.counts();
  const total = waiting['order-events'] + waiting['search-index'];
  const problems = [
    ...PROBLEMS[condition](),
    ...(total === 0
      ? []
      : [
          {
            id: 'dead-letters',
            severity: 'warning',
            title: `${total} dead letters wait for you`,
            impact: 'Their items are missing from the topic, the stock or the index until they are replayed.',
            cause: { code: 'contract-violation', message: `${causes} causes, the most frequent: total` },
            since: ago(540),
            runbook: 'fix-a-contract-violation',
            command: 'npm run ops -- dlq causes',
          },
        ]),
  ];
  const isSearchDown = condition === 'search-down';
  const isTopicDeleted = condition === 'topic-deleted';
  return SystemStatus.parse({
    at: ago(0),
    verdict:
      isSearchDown || isTopicDeleted ? 'failing' : total > 0 || condition === 'paused' ? 'warning' : 'ok',
    problems,
    consumers: [
      isTopicDeleted
        ? {
            consumer: 'order-events',
            state: 'failing',
            secondsBehind: 72,
            recordsPerSecond: 0,
            attempt: 8,
            records: 12,
            failingSince: ago(72),
          }
        : {
            consumer: 'order-events',
            state: condition === 'paused' ? 'paused' : 'running',
            secondsBehind: 0,
            recordsPerSecond: 70.4,
          },
      isSearchDown
        ? {
            consumer: 'search-index',
            state: 'retrying',
            secondsBehind: 127,
            recordsPerSecond: 0,
            attempt: 10,
            records: 37,
            failingSince: ago(127),
          }
        : { consumer: 'search-index', state: 'running', secondsBehind: 0, recordsPerSecond: 70.4 },
    ],
    sinks: [
      { name: 'table', state: 'ok', latencyMs: 3 },
      { name: 'operations-table', state: 'ok', latencyMs: 4 },
      isTopicDeleted
        ? { name: 'topic', state: 'missing', code: 'NotFound' }
        : { name: 'topic', state: 'ok', latencyMs: 6 },
      isSearchDown
        ? { name: 'open-search', state: 'no-response', code: 'search-unavailable' }
        : { name: 'open-search', state: 'ok', latencyMs: 23 },
      { name: 'dead-letter-queues', state: 'ok', latencyMs: 5 },
    ],
    deadLetters: {
      waiting,
      parked: 0,
      causes: { 'order-events': causes, 'search-index': causes },
      recent: total,
      isCutShort: false,
    },
    rates: { ordersPlaced: 46.9, eventsPublished: isTopicDeleted ? 0 : 70.2 },
    lagLimitSeconds: 300,
  });
}

export function lagPage(condition: Condition, minutes: number): LagHistory {
  const periodSeconds = minutes > 360 ? 300 : minutes > 60 ? 60 : 15;
  const periods = (minutes * 60) / periodSeconds;
  const values = (isBehind: boolean) =>
    Array.from({ length: periods }, (_, index) => {
      const before = (periods - index) * periodSeconds;
      if (isBehind && before <= 135) return Math.max(0, 135 - before);
      return index % 31 === 7 ? null : (index * 7) % 5 === 0 ? 1 : 0;
    });
  return LagHistory.parse({
    from: ago(minutes * 60),
    periodSeconds,
    limitSeconds: 300,
    series: [
      { consumer: 'order-events', secondsBehind: values(condition === 'topic-deleted') },
      { consumer: 'search-index', secondsBehind: values(condition === 'search-down') },
    ],
  });
}

export function throughputPage(condition: Condition): Throughput {
  const values = (base: number, isDown: boolean) =>
    Array.from({ length: 120 }, (_, index) =>
      isDown && index > 100 ? 0 : Math.max(0, base + 9 * Math.sin(index / 9) + ((index * 37) % 11)),
    );
  return Throughput.parse({
    lags: [],
    from: ago(120),
    periodSeconds: 1,
    series: [
      { consumer: 'order-events', eventType: 'INSERT', perSecond: values(40, condition === 'topic-deleted') },
      { consumer: 'order-events', eventType: 'MODIFY', perSecond: values(22, condition === 'topic-deleted') },
      { consumer: 'search-index', eventType: 'INSERT', perSecond: values(41, condition === 'search-down') },
      { consumer: 'search-index', eventType: 'MODIFY', perSecond: values(21, condition === 'search-down') },
    ],
  });
}

/** No run of `verify`, or one that found so much. */
export const verificationPage = (
  differences: number | undefined,
  { inconclusive, malformed }: { readonly inconclusive: number; readonly malformed: number },
): VerificationRuns =>
  VerificationRuns.parse({
    runs:
      differences === undefined
        ? []
        : [
            {
              ...{ at: ago(10_800), by: 'ada', durationMs: 4_200, differences },
              ...{
                inconclusive,
                malformed,
                repaired: 0,
                checks: [{ check: 'orders index', differences, inconclusive }],
              },
              findings: Array.from({ length: differences }, (_, n) => ({
                ...{ check: 'orders index', id: orderIdOf(n), detail: 'has no document' },
              })),
            },
          ],
  });

export const activityPage = (): ActivityPage =>
  ActivityPage.parse({
    entries: [
      {
        id: 'a4',
        at: ago(40),
        by: 'console',
        action: 'replay',
        target: 'all with reason contract-violation',
        outcome: 'started',
        detail: '60 replayed',
      },
      {
        id: 'a3',
        at: ago(600),
        endedAt: ago(560),
        by: 'arn:aws:sts::123456789012:assumed-role/operators/grace',
        action: 'replay',
        target: 'reason contract-violation',
        outcome: 'partly',
        detail: '2 replayed, 18 failed: total 12, status 6',
      },
      {
        id: 'a2',
        at: ago(7_200),
        endedAt: ago(7_199),
        by: 'local:ada',
        action: 'pause',
        target: 'search-index',
        outcome: 'done',
        detail: 'Disabled',
      },
      {
        id: 'a1',
        at: ago(90_000),
        endedAt: ago(89_999),
        by: 'local:ada',
        action: 'fix',
        target: '5f1c0ffee5f1c0ffee5f1c0f',
        deadLetterId: '5f1c0ffee5f1c0ffee5f1c0f',
        outcome: 'failed',
        detail: 'total must be a number',
      },
    ],
  });

/** A word that no line of a phone has room for. */
export const LONG_WORD = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen'.repeat(4);

export const version = (number: number): number => (Date.now() - 600_000) * 1_000 + number;

export const productPage = (query: URLSearchParams): ProductPage =>
  ProductPage.parse({
    products:
      query.get('stockBelow') === '1'
        ? []
        : ['Oak chair', 'Desk lamp', LONG_WORD.slice(0, 200), 'كرسي مكتب'].map((name, place) => ({
            sku: `EMO-${place}`,
            name,
            category: 'Furniture',
            unitPrice: 12_500 + place,
            currency: 'EUR',
            stock: place * 3,
            reserved: 7 - place,
            received: 100,
            createdAt: ago(86_400),
            updatedAt: ago(120),
            version: version(place),
          })),
  });

/** The orders of the stub that have a timeline, by user. */
export const ORDERS = {
  retried: orderIdOf(901),
  delivered: orderIdOf(902),
  removed: orderIdOf(903),
  long: orderIdOf(904),
} as const;

export function timelinePage(orderId: string, store: DeadLetterStore): OrderTimeline | undefined {
  const deadLetters = store.ofOrder(orderId);
  const placed = 600;
  const done = (seconds: number, detail?: string) => ({
    state: 'done',
    at: ago(placed - seconds),
    ...(detail === undefined ? {} : { detail }),
  });
  const first = {
    version: version(0),
    at: ago(placed),
    status: 'placed',
  };
  const eventOf = (type: NotificationType, publication: object = done(0.8)) => ({
    publisher: 'order-lifecycle',
    ...{ id: `${orderId}.1.${type}`, type, publication },
  });
  const effects = {
    events: [eventOf('order.placed')],
    stock: done(1.1, 'reserved 1 × EMO-1'),
    stats: done(1.1),
    search: done(0.9),
    mail: { state: 'none' },
  };
  const order = {
    orderId,
    userId: 'ada',
    status: 'placed',
    lines: [
      {
        sku: 'EMO-1',
        name: orderId === ORDERS.long ? LONG_WORD : 'Party 🎉 Hat 🎩 deluxe',
        category: 'Party',
        quantity: 1,
        unitPrice: 999,
        amount: 999,
      },
    ],
    total: 999,
    currency: 'EUR',
    shipTo: {
      name: orderId === ORDERS.long ? LONG_WORD.slice(0, 100) : 'Ada',
      city: 'Dresden',
      country: 'Germany',
    },
    createdAt: ago(placed),
    updatedAt: ago(placed),
    version: version(0),
  };
  const reservation = {
    state: 'RESERVED',
    orderVersion: version(0),
    updatedAt: ago(placed - 1),
    lines: [{ sku: 'EMO-1', quantity: 1 }],
  };
  const document = {
    state: 'indexed',
    version: version(0),
    source: { orderId, status: 'placed', total: 999 },
  };
  if (deadLetters.length > 0) {
    const [eventsOf, searchOf] = deadLetters;
    const view = store.get(eventsOf?.id ?? '');
    return OrderTimeline.parse({
      malformed: { item: view?.records[0]?.current, issues: [view?.summary.issue], remedy: view?.remedy },
      versions: [
        { ...first, ...effects },
        {
          ...first,
          version: version(1),
          at: ago(500),
          events: [eventOf('order.placed', { state: 'dead-lettered', id: eventsOf?.id })],
          stock: { state: 'dead-lettered', id: eventsOf?.id },
          stats: { state: 'unknown' },
          search: { state: 'dead-lettered', id: searchOf?.id },
          mail: { state: 'none' },
        },
      ],
      reservation,
      document,
      deadLetters,
    });
  }
  if (orderId === ORDERS.retried)
    return OrderTimeline.parse({
      order,
      versions: [
        {
          ...first,
          ...effects,
          events: [
            eventOf('order.placed', {
              state: 'retrying',
              since: ago(590),
              attempt: 11,
              code: 'topic-missing',
              message: 'NotFound: the topic does not exist',
              until: later(21_000),
            }),
          ],
        },
      ],
      reservation,
      document,
      deadLetters: [],
    });
  if (orderId === ORDERS.delivered || orderId === ORDERS.long) {
    const mails = [
      { state: 'none' },
      { state: 'suppressed', reason: 'unsubscribed' },
      { state: 'done', at: ago(placed - 203) },
      { state: 'pending' },
    ];
    return OrderTimeline.parse({
      order: { ...order, status: 'delivered', version: version(3) },
      versions: ['placed', 'confirmed', 'shipped', 'delivered'].map((status, place) => ({
        ...first,
        version: version(place),
        at: ago(placed - place * 100),
        status,
        ...effects,
        events: [
          eventOf(place === 0 ? 'order.placed' : 'order.status-changed', {
            state: 'done',
            at: ago(placed - place * 100 - 0.4),
          }),
          ...(place === 0
            ? [{ ...eventOf('order.high-value', { state: 'pending' }), publisher: 'high-value' }]
            : []),
        ],
        stock: place === 0 ? effects.stock : { state: 'none' },
        stats: { state: 'done' },
        search: place === 3 ? { state: 'pending' } : { state: 'done', at: ago(placed - place * 100 - 1) },
        mail: mails[place],
      })),
      reservation,
      document: { state: 'unknown' },
      deadLetters: [],
    });
  }
  if (orderId === ORDERS.removed)
    return OrderTimeline.parse({
      versions: [
        { ...first, ...effects },
        {
          ...first,
          version: version(1),
          at: ago(300),
          status: undefined,
          ...effects,
          events: [eventOf('order.removed')],
          stock: done(301, 'released 1 × EMO-1'),
        },
      ],
      reservation: { ...reservation, state: 'RELEASED' },
      document: { state: 'absent' },
      deadLetters: [],
    });
  return undefined;
}
