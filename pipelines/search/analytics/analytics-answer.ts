import * as z from 'zod';
import { OrderStatus } from '../../../contracts/items/order-status.ts';
import { Currency } from '../../../contracts/money.ts';
import { InvalidRequestError } from '../../core/request-errors.ts';
import { ROWS_MAX, STATUS_CURRENCIES_MAX } from './analytics-request.ts';

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
const rowsOf = <One extends z.ZodType>(One: One) => z.object({ buckets: z.array(One) });

/** The rows of OpenSearch's answer to analyticsRequest. */
export const AnalyticsAnswer = z.object({
  timed_out: z.boolean(),
  _shards: z.object({ failed: z.int() }),
  aggregations: z.object({
    totals: rowsOf(Row),
    keys: rowsOf(KeyRow).optional(),
    categories: rowsOf(CategoryRow).optional(),
  }),
});
export type AnalyticsAnswer = z.infer<typeof AnalyticsAnswer>;

/** The rows of the totals. @throws InvalidRequestError when there may be more of them than the answer has. */
export const totalRows = ({ aggregations }: AnalyticsAnswer): readonly AnalyticsRow[] =>
  whole(aggregations.totals.buckets, STATUS_CURRENCIES_MAX).map((row) =>
    rowOf(undefined, row.key, row.doc_count, row),
  );

/** The rows of the buckets. @throws InvalidRequestError when there may be more of them than the answer has. */
export const bucketRows = ({ aggregations }: AnalyticsAnswer): readonly AnalyticsRow[] => [
  ...whole(aggregations.keys?.buckets ?? [], ROWS_MAX).map((row) =>
    rowOf(row.key.key ?? undefined, row.key, row.doc_count, row),
  ),
  ...whole(aggregations.categories?.buckets ?? [], STATUS_CURRENCIES_MAX).flatMap(({ key, lines }) => {
    if (lines.keys.sum_other_doc_count > 0) throw tooMany();
    return lines.keys.buckets.map((row) => rowOf(row.key, key, row.orders.doc_count, row));
  }),
];

const rowOf = (
  key: string | undefined,
  { status, currency }: z.infer<typeof StatusCurrency>,
  orders: number,
  { units, revenue }: { readonly [Name in keyof typeof sums]: z.infer<typeof Sum> },
): AnalyticsRow => ({ key, status, currency, orders, units: units.value, revenue: revenue.value });

function whole<One>(rows: readonly One[], max: number): readonly One[] {
  if (rows.length >= max) throw tooMany();
  return rows;
}

const tooMany = (): InvalidRequestError =>
  new InvalidRequestError('The orders differ in more than one answer can tell.', [
    { in: 'query', field: 'from', message: 'must be later, so that the span has fewer buckets' },
  ]);
