import type { Logger } from '@aws-lambda-powertools/logger';
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { type OrderPage, OrderView } from '../../contracts/api/orders.ts';
import { OrderItem } from '../../contracts/entities/order.ts';
import type { OrderStatus } from '../../contracts/order-status.ts';
import { parse } from '../../contracts/reading.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import type { PageScope, PageTokens } from '../paging/page-tokens.ts';
import { KeptItems, type Page, readPage } from '../paging/read-page.ts';

export interface QueryOrdersDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Where a list continues: the key of an item in the table, and in the index that is read. All of them are strings. */
export const OrderPosition = z.record(z.string(), z.string());
export type OrderPosition = z.infer<typeof OrderPosition>;

/** One page of a list of orders, which is read backwards: newest or largest first. */
export interface OrdersQuery {
  readonly index?: 'LSI1';
  readonly keyCondition: string;
  readonly keyValues: Readonly<Record<string, string>>;
  /** Only orders of this status; for a list that holds others too. */
  readonly status?: OrderStatus | undefined;
  /** Whether the read is strongly consistent. */
  readonly consistent?: boolean;
  readonly limit: number;
  readonly startAfter?: OrderPosition | undefined;
}

/** The most orders of one read with a filter: with ten reads at most, a page reads 2,000 orders. */
const FILTERED_READ_SIZE = 200;

/**
 * As JSON. Lambda allows responses of 6 MB, in which the body is a JSON string: its escapes can double it.
 * See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
 */
export const PAGE_BYTES_MAX = 2_500_000;
export const orderBytes = (order: OrderItem): number => Buffer.byteLength(JSON.stringify(order));

const KEY_ATTRIBUTES = {
  table: ['pk', 'sk'],
  LSI1: ['pk', 'sk', 'LSI1SK'],
} as const;

/** Reads a page of orders. An item that breaks the contract is left out, with a warning. */
export async function queryOrders(
  deps: QueryOrdersDeps,
  query: OrdersQuery,
): Promise<Page<OrderItem, OrderPosition>> {
  const kept = new KeptItems(OrderItem);
  const page = await readPage<OrderItem, OrderPosition>({
    limit: query.limit,
    startKey: query.startAfter,
    bytesMax: PAGE_BYTES_MAX,
    bytesOf: orderBytes,
    keyOf: (order) =>
      Object.fromEntries(KEY_ATTRIBUTES[query.index ?? 'table'].map((name) => [name, order[name]])),
    readSome: async (startAfter, wanted) => {
      const { Items = [], LastEvaluatedKey } = await deps.dynamoDb.send(
        queryCommand(deps.tableName, query, startAfter, wanted),
      );
      return {
        items: kept.of(Items),
        lastKey: LastEvaluatedKey && parse(OrderPosition, unmarshal(LastEvaluatedKey)),
      };
    },
  });
  kept.warn(deps.logger, 'Orders');
  return page;
}

function queryCommand(
  TableName: string,
  { index, keyCondition, keyValues, status, consistent = false }: OrdersQuery,
  startAfter: OrderPosition | undefined,
  wanted: number,
): QueryCommand {
  const filter =
    status === undefined
      ? {}
      : { FilterExpression: '#status = :status', ExpressionAttributeNames: { '#status': 'status' } };
  return new QueryCommand({
    TableName,
    IndexName: index,
    KeyConditionExpression: keyCondition,
    ...filter,
    ExpressionAttributeValues: marshall({ ...keyValues, ...(status && { ':status': status }) }),
    ScanIndexForward: false,
    ConsistentRead: consistent,
    // One more than the page needs, so that the end of the list is known.
    Limit: status === undefined ? wanted + 1 : FILTERED_READ_SIZE,
    ExclusiveStartKey: startAfter && marshall(startAfter),
  });
}

export interface OrderListDeps extends QueryOrdersDeps {
  readonly pageTokens: PageTokens;
}

/** Which page of which list is asked for. */
export interface PageAsked {
  readonly scope: PageScope;
  /** The first page without it. */
  readonly nextToken: string | undefined;
}

/**
 * Returns a page that `read` reads after the position in the token, and a token for the position after it.
 *
 * @throws InvalidPageTokenError
 */
export async function orderPage<Position>(
  { pageTokens }: Pick<OrderListDeps, 'pageTokens'>,
  { scope, nextToken }: PageAsked,
  schema: z.ZodType<Position>,
  read: (startAfter: Position | undefined) => Promise<Page<OrderItem, Position>>,
): Promise<OrderPage> {
  const startAfter = nextToken === undefined ? undefined : await pageTokens.open(scope, nextToken, schema);
  const { items, next } = await read(startAfter);
  return {
    orders: items.map((order) => parse(OrderView, order)),
    ...(next === undefined ? {} : { nextToken: await pageTokens.seal(scope, next) }),
  };
}
