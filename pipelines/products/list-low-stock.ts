import type { Logger } from '@aws-lambda-powertools/logger';
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { type LowStockQuery, type ProductPage, ProductView } from '../../contracts/api/products.ts';
import { ProductItem, STOCK_PARTITION_KEYS, stockPartition } from '../../contracts/entities/product.ts';
import { parse } from '../../contracts/reading.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import type { PageTokens } from '../paging/page-tokens.ts';
import { readMergedPage } from '../paging/read-merged-page.ts';
import { KeptItems, type PageRead } from '../paging/read-page.ts';

export interface ListLowStockDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly pageTokens: PageTokens;
  readonly logger: Pick<Logger, 'warn'>;
}

export interface ListLowStockCommand {
  readonly query: LowStockQuery;
  readonly caller: string;
}

/**
 * A product's key in the table and in GSI2: where a list continues, in all partitions. The stock of a malformed product is any number, also one
 * that JavaScript cannot hold: digits then.
 */
const StockPosition = z.object({
  pk: z.string(),
  sk: z.string(),
  GSI2PK: z.string(),
  stock: z.union([z.number(), z.string()]),
});
type StockPosition = z.infer<typeof StockPosition>;

/**
 * Lists the products whose stock is below a level, the lowest first, merged from all partitions of GSI2. The index is
 * eventually consistent, and stock changes between two pages: a product whose stock changes meanwhile may come twice or not at all.
 * A product that breaks its contract is left out, with a warning.
 *
 * @throws InvalidPageTokenError
 */
export async function listLowStock(
  deps: ListLowStockDeps,
  { query, caller }: ListLowStockCommand,
): Promise<ProductPage> {
  const { limit, nextToken } = query;
  const scope = { operation: 'list-low-stock', query, caller };
  const startKey =
    nextToken === undefined ? undefined : await deps.pageTokens.open(scope, nextToken, StockPosition);
  const kept = new KeptItems(ProductItem);
  const { items, next } = await readMergedPage<ProductItem, StockPosition>({
    limit,
    startKey,
    partitions: STOCK_PARTITION_KEYS,
    keyOf: ({ pk, sk, sku, stock }) => ({ pk, sk, GSI2PK: stockPartition(sku), stock }),
    compare: byStock,
    readSome: (partition, after, wanted) => readPartition(deps, { query, kept, partition, after, wanted }),
  });
  kept.warn(deps.logger, 'Products');
  const products = items.map((product) => parse(ProductView, product));
  return next === undefined ? { products } : { products, nextToken: await deps.pageTokens.seal(scope, next) };
}

interface PartitionRead {
  readonly query: LowStockQuery;
  readonly kept: KeptItems<ProductItem>;
  readonly partition: string;
  /** A place in this partition, or in another one. */
  readonly after: StockPosition | undefined;
  readonly wanted: number;
}

async function readPartition(
  { dynamoDb, tableName }: ListLowStockDeps,
  { query, kept, partition, after, wanted }: PartitionRead,
): Promise<PageRead<ProductItem, StockPosition>> {
  const isOwn = after?.GSI2PK === partition;
  const lowest = after === undefined || isOwn ? 0 : lowestAfter(after, partition);
  const highest = query.stockBelow - 1;
  // DynamoDB refuses a range that ends before it begins.
  if (lowest > highest) return { items: [], lastKey: undefined };
  const { Items = [], LastEvaluatedKey } = await dynamoDb.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: 'GSI2',
      KeyConditionExpression: 'GSI2PK = :partition AND stock BETWEEN :lowest AND :highest',
      ExpressionAttributeValues: marshall({
        ':partition': partition,
        ':lowest': lowest,
        ':highest': highest,
      }),
      Limit: wanted,
      ExclusiveStartKey: isOwn ? { ...marshall(after), stock: { N: String(after.stock) } } : undefined,
    }),
  );
  return {
    items: kept.of(Items),
    lastKey:
      LastEvaluatedKey &&
      parse(StockPosition, {
        ...unmarshal(LastEvaluatedKey),
        stock: exact(LastEvaluatedKey['stock']?.N),
      }),
  };
}

/** The number, where it is an integer that JavaScript can hold, as version 0.2.0 reads it from a page token. */
const exact = (digits: string | undefined): number | string | undefined =>
  digits !== undefined && String(Number(digits)) === digits && Number.isSafeInteger(Number(digits))
    ? Number(digits)
    : digits;

/** Products of one stock come by their partitions. */
const byStock = (one: StockPosition, other: StockPosition): number =>
  Number(one.stock) - Number(other.stock) || (one.GSI2PK < other.GSI2PK ? -1 : 1);

/** The lowest stock that comes after a place in another partition: an integer, as that of each product that is listed. */
const lowestAfter = ({ stock, GSI2PK }: StockPosition, partition: string): number =>
  partition < GSI2PK ? Math.floor(Number(stock)) + 1 : Math.ceil(Number(stock));
