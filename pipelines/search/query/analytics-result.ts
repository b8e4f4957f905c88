import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { Currency } from '../../../contracts/money.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { KeptItems } from '../../paging/read-page.ts';
import { InvalidRequestError } from '../../request-errors.ts';
import { CATEGORIES_MAX, CATEGORY_ROWS_MAX, ROWS_MAX, STATUS_CURRENCIES_MAX } from './analytics-request.ts';

/** The figures of the orders of one key, status and currency. */
export interface AnalyticsRow {
  readonly key: string | undefined;
  readonly status: OrderStatus;
  readonly currency: Currency;
  readonly orders: number;
  readonly units: number;
  readonly revenue: number;
}

const Sum = z.object({ value: z.number() });
const StatusCurrency = z.object({ status: OrderStatus, currency: Currency });
const sums = { units: Sum, revenue: Sum };
const Row = z.object({ key: StatusCurrency, doc_count: z.int(), ...sums });
const KeyRow = Row.extend({ key: StatusCurrency.extend({ key: z.string().nullable() }) });
const CategoryRow = z.object({
  key: StatusCurrency,
  lines: z.object({
    keys: z.object({
      sum_other_doc_count: z.int(),
      buckets: z.array(z.object({ key: z.string(), orders: z.object({ doc_count: z.int() }), ...sums })),
    }),
  }),
});
const Rows = z.object({ buckets: z.array(z.unknown()) });

/** OpenSearch's response to analyticsRequest. {@link analyticsRows} reads the rows, each of which may be of documents of an older release. */
export const AnalyticsResponse = z.object({
  timed_out: z.boolean(),
  _shards: z.object({ failed: z.int() }),
  aggregations: z.object({ totals: Rows, keys: Rows.optional(), categories: Rows.optional() }),
});
export type AnalyticsResponse = z.infer<typeof AnalyticsResponse>;

/** The response of OpenSearch to a request for more buckets than `search.max_buckets`. */
export const TooManyBuckets = z.object({
  error: z.object({ caused_by: z.object({ type: z.literal('too_many_buckets_exception') }) }),
});

/**
 * The rows of the totals and of the buckets. One whose status or currency violates the contract, such as one of documents that an older
 * release wrote, is left out with a warning: it must not fail all figures.
 *
 * @throws InvalidRequestError when there are more of them than are counted.
 */
export function analyticsRows(
  { aggregations: { totals, keys, categories } }: AnalyticsResponse,
  logger: Pick<Logger, 'warn'>,
): { readonly totals: readonly AnalyticsRow[]; readonly buckets: readonly AnalyticsRow[] } {
  const [ofTotals, ofKeys, ofCategories] = [
    new KeptItems(Row),
    new KeptItems(KeyRow),
    new KeptItems(CategoryRow),
  ];
  const pairs = 'pairs of status and currency';
  const read = {
    totals: ofTotals
      .ofValues(withinLimit(totals.buckets, STATUS_CURRENCIES_MAX, pairs))
      .map((row) => rowOf(undefined, row.key, row.doc_count, row)),
    buckets: [
      ...ofKeys
        .ofValues(withinLimit(keys?.buckets ?? [], ROWS_MAX, 'buckets with status and currency'))
        .map((row) => rowOf(row.key.key ?? undefined, row.key, row.doc_count, row)),
      ...withinLimit(
        ofCategories
          .ofValues(withinLimit(categories?.buckets ?? [], STATUS_CURRENCIES_MAX, pairs))
          .flatMap(categoryRows),
        CATEGORY_ROWS_MAX,
        'categories with status and currency',
      ),
    ],
  };
  for (const kept of [ofTotals, ofKeys, ofCategories]) kept.warn(logger, 'Rows of orders');
  return read;
}

function categoryRows({ key, lines: { keys } }: z.infer<typeof CategoryRow>): readonly AnalyticsRow[] {
  if (keys.sum_other_doc_count > 0) throw tooMany(CATEGORIES_MAX, 'categories of one status and currency');
  return keys.buckets.map((row) => rowOf(row.key, key, row.orders.doc_count, row));
}

const rowOf = (
  key: string | undefined,
  { status, currency }: z.infer<typeof StatusCurrency>,
  orders: number,
  { units, revenue }: { readonly [Name in keyof typeof sums]: z.infer<typeof Sum> },
): AnalyticsRow => ({ key, status, currency, orders, units: units.value, revenue: revenue.value });

function withinLimit<One>(rows: readonly One[], max: number, what: string): readonly One[] {
  if (rows.length > max) throw tooMany(max, what);
  return rows;
}

/** The refusal of a span whose orders differ in more than `max` of something. */
export const tooMany = (max: number, what: string): InvalidRequestError =>
  new InvalidRequestError(`The orders of the span have more than ${max} ${what}, which is the limit.`, [
    { in: 'query', field: 'from', message: 'must be later, so that the span has fewer of them' },
  ]);
