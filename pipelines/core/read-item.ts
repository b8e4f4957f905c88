import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type * as z from 'zod';
import { read, valueIssues } from '../../contracts/reading.ts';
import { ContractViolationError } from './errors.ts';
import { projection } from './projection.ts';
import { unmarshal } from './unmarshal.ts';

/** Which item to read, and what it must look like. */
export interface ItemRead<Item> {
  readonly tableName: string;
  readonly key: object;
  readonly schema: z.ZodType<Item>;
  /** The attributes to read; all without it. */
  readonly attributes?: readonly string[];
  /** Whether whatever was written before the call must be seen, which costs twice the read. True without it. */
  readonly consistent?: boolean;
}

/**
 * Reads one item, with strong consistency unless told otherwise.
 *
 * @returns the item, or `undefined` where there is none.
 * @throws ContractViolationError for an item that does not keep its contract, naming the fields and not their values.
 */
export async function readItem<Item>(
  dynamoDb: DynamoDBClient,
  read: ItemRead<Item>,
): Promise<Item | undefined> {
  const { Item } = await dynamoDb.send(
    new GetItemCommand({
      TableName: read.tableName,
      Key: marshall(read.key),
      ConsistentRead: read.consistent ?? true,
      ...(read.attributes === undefined ? {} : projection(read.attributes)),
    }),
  );
  return Item === undefined ? undefined : parseItem(read.schema, unmarshal(Item));
}

/**
 * Checks an item that was read.
 *
 * @throws ContractViolationError naming the fields and not their values.
 */
export function parseItem<Item>(schema: z.ZodType<Item>, item: unknown): Item {
  const result = read(schema, item);
  if (result.success) return result.data;
  throw new ContractViolationError('An item of the table breaks its contract', valueIssues(result.error));
}
