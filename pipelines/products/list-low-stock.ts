import type { Logger } from '@aws-lambda-powertools/logger';
import { type AttributeValue, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { type LowStockQuery, type ProductPage, ProductView } from '../../contracts/api/products.ts';
import { ProductItem, productKey, STOCK_PARTITION_KEYS } from '../../contracts/entities/product.ts';
import { Sku } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import type { PageTokens } from '../paging/page-tokens.ts';
import { KeptItems, readPage } from '../paging/read-page.ts';

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

/** The product of a partition that a page ended with; `null` before the first one. */
const Place = z.object({ sku: Sku, stock: z.int() }).nullable();
type Place = z.infer<typeof Place>;
const Places = z.array(Place).length(STOCK_PARTITION_KEYS.length);

/** A product's key in the table and in GSI2. */
type Key = Record<string, AttributeValue>;

/** A product, and which partition it was found in. */
interface Found {
  readonly product: ProductItem;
  readonly partition: number;
}

/**
 * Lists the products whose stock is below a level, the lowest first: one query a partition of GSI2, merged. The index is
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
  const places =
    nextToken === undefined
      ? STOCK_PARTITION_KEYS.map(() => null)
      : await deps.pageTokens.open(scope, nextToken, Places);
  const kept = new KeptItems(ProductItem);
  // One more than the page holds shows whether there is another page.
  const found = await Promise.all(
    places.map((place, partition) => readPartition(deps, { query, place, partition, kept })),
  );
  kept.warn(deps.logger, 'Products');
  const merged = found.flat().toSorted(byStock);
  const page = merged.slice(0, limit);
  const products = page.map(({ product }) => parse(ProductView, product));
  if (merged.length <= limit) return { products };
  const next = places.map((place, partition) => lastOf(page, partition) ?? place);
  return { products, nextToken: await deps.pageTokens.seal(scope, next) };
}

interface Partition {
  readonly query: LowStockQuery;
  readonly place: Place;
  readonly partition: number;
  readonly kept: KeptItems<ProductItem>;
}

async function readPartition(
  { dynamoDb, tableName }: ListLowStockDeps,
  { query, place, partition, kept }: Partition,
): Promise<readonly Found[]> {
  const { items } = await readPage<ProductItem, Key>({
    limit: query.limit + 1,
    startKey: place === null ? undefined : startKey(place, partition),
    keyOf: (product) => startKey(product, partition),
    readSome: async (after, wanted) => {
      const { Items = [], LastEvaluatedKey } = await dynamoDb.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: 'GSI2',
          KeyConditionExpression: 'GSI2PK = :partition AND stock < :level',
          ExpressionAttributeValues: marshall({
            ':partition': STOCK_PARTITION_KEYS[partition],
            ':level': query.stockBelow,
          }),
          Limit: wanted,
          ExclusiveStartKey: after,
        }),
      );
      return { items: kept.of(Items), lastKey: LastEvaluatedKey };
    },
  });
  return items.map((product) => ({ product, partition }));
}

const startKey = ({ sku, stock }: NonNullable<Place>, partition: number): Key =>
  marshall({ ...productKey(sku), GSI2PK: STOCK_PARTITION_KEYS[partition], stock });

// Of one stock they stay as the index has them within their partition, or a place would not say what came before it.
const byStock = (one: Found, other: Found): number =>
  one.product.stock - other.product.stock || one.partition - other.partition;

function lastOf(page: readonly Found[], partition: number): Place | undefined {
  const last = page.findLast((one) => one.partition === partition)?.product;
  return last && { sku: last.sku, stock: last.stock };
}
