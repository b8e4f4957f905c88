import { isDeepStrictEqual } from 'node:util';
import { ORDER_LINES_MAX } from '../../contracts/entities/order.ts';
import type { ImportPosition } from '../../contracts/imports/import-report.ts';
import {
  ImportedOrder,
  type ImportedOrderRow,
  ORDER_COLUMNS,
} from '../../contracts/imports/imported-order.ts';
import { read } from '../../contracts/reading.ts';
import type { CsvRow } from './csv-row.ts';
import { reasonOf } from './errors.ts';
import type { ImportUnit, RowPlace } from './import-unit.ts';

/** A row with where it is and where the one after it begins. */
export interface PlacedRow extends CsvRow {
  readonly place: RowPlace;
  readonly next: ImportPosition;
}

interface HeldRow {
  readonly place: RowPlace;
  readonly row: ImportedOrderRow;
}

const NOT_TOGETHER = "its order's rows are not together: sort the object by userId and sourceId";
/** After a row that does not name its order: it may belong to the order before it, or to the next one. */
const ANY_ORDER = '*';

/**
 * Makes orders of a CSV's rows: consecutive rows of one user and source id are one order.
 *
 * An order with any bad row is rejected completely: written without that row, it would be taken for the complete order when the
 * fixed object arrives. For the same reason a row that does not name its order rejects the orders before and after it too.
 * Rejected rows are yielded at once, so that at most one order's rows are held.
 */
export class OrderRows {
  #held: readonly HeldRow[] = [];
  #digest: string | undefined;
  #next: ImportPosition;
  #rejecting: string | undefined;
  readonly #scattered: ReadonlySet<string>;

  /** @param scattered Digests of the orders whose rows are not together: which of their rows are missing is unknown. */
  constructor(from: ImportPosition, scattered: ReadonlySet<string>) {
    this.#scattered = scattered;
    this.#next = from;
    this.#rejecting = from.rejecting;
  }

  /** Adds the next row, and yields the units that it completes. */
  *add(found: PlacedRow): Generator<ImportUnit> {
    const isScattered = found.orderDigest !== undefined && this.#scattered.has(found.orderDigest);
    const row = isScattered ? { ...found, content: { fault: NOT_TOGETHER } } : found;
    if (this.#rejecting !== undefined && this.#isRejected(row)) {
      yield this.#reject(row, []);
      return;
    }
    const isSameOrder = row.orderDigest === undefined || row.orderDigest === this.#digest;
    if (!isSameOrder) yield* this.end();
    const fault = this.#faultOf(row);
    if (fault !== undefined) {
      yield this.#reject(row, this.#held, fault);
    } else if ('row' in row.content) {
      this.#rejecting = undefined;
      this.#digest = row.orderDigest;
      this.#held = [...this.#held, { place: row.place, row: row.content.row }];
      this.#next = row.next;
    }
  }

  /** Continues after blank rows, unless rows before them are held. */
  *skip(next: ImportPosition): Generator<ImportUnit> {
    if (this.#held.length > 0) return;
    this.#next = { ...next, ...(this.#rejecting === undefined ? {} : { rejecting: this.#rejecting }) };
    yield { kind: 'rejected', rows: [], next: this.#next };
  }

  /** The order that no further row belongs to. */
  *end(): Generator<ImportUnit> {
    const [first] = this.#held;
    if (first === undefined) return;
    const rows = this.#held.map(({ place }) => place);
    const order = read(ImportedOrder, orderOf(first.row, this.#held));
    this.#held = [];
    this.#digest = undefined;
    yield order.success
      ? { kind: 'order', order: order.data, rows, next: this.#next }
      : {
          kind: 'rejected',
          rows: rows.map((place) => ({ ...place, reason: reasonOf(order.error) })),
          next: this.#next,
        };
  }

  #isRejected({ orderDigest }: PlacedRow): boolean {
    return orderDigest === undefined || this.#rejecting === ANY_ORDER || this.#rejecting === orderDigest;
  }

  #faultOf({ content }: PlacedRow): string | undefined {
    if ('fault' in content) return content.fault;
    const [first] = this.#held;
    if (first === undefined) return undefined;
    if (this.#held.length === ORDER_LINES_MAX) return `its order has more than ${ORDER_LINES_MAX} lines`;
    const differing = ORDER_COLUMNS.filter(
      (column) => !isDeepStrictEqual(content.row[column], first.row[column]),
    );
    return differing.length === 0
      ? undefined
      : `differs from its order's first row in ${differing.join(', ')}`;
  }

  #reject(
    { place, next, orderDigest, content }: PlacedRow,
    held: readonly HeldRow[],
    why?: string,
  ): ImportUnit {
    const fault = why ?? ('fault' in content ? content.fault : 'its order is rejected for an earlier row');
    const heldRows = held.map((row) => ({
      ...row.place,
      reason: `its order is rejected for line ${place.line}`,
    }));
    this.#held = [];
    this.#digest = undefined;
    this.#rejecting = orderDigest ?? ANY_ORDER;
    this.#next = { ...next, rejecting: this.#rejecting };
    return { kind: 'rejected', rows: [...heldRows, { ...place, reason: fault }], next: this.#next };
  }
}

function orderOf(first: ImportedOrderRow, held: readonly HeldRow[]): unknown {
  const { sourceId, userId, placedAt, currency } = first;
  return {
    sourceId,
    userId,
    placedAt,
    currency,
    shipTo: {
      name: first.shipToName,
      city: first.shipToCity,
      ...optional('state', first.shipToState),
      ...optional('postalCode', first.shipToPostalCode),
      ...optional('region', first.shipToRegion),
      country: first.shipToCountry,
    },
    lines: held.map(({ row: { sku, name, category, quantity, amount } }) => ({
      sku,
      name,
      category,
      quantity,
      amount,
    })),
  };
}

const optional = (name: string, text: string | undefined): object =>
  text === undefined ? {} : { [name]: text };
