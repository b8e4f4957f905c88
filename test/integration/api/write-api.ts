import { randomUUID } from 'node:crypto';
import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ulid } from 'ulid';
import { expect, vi } from 'vitest';
import { AccountView, TransferView } from '../../../contracts/api/accounts.ts';
import { routeKeyOf } from '../../../contracts/api/operation.ts';
import { operations } from '../../../contracts/api/operations.ts';
import { OrderPage, OrderView } from '../../../contracts/api/orders.ts';
import { Problem } from '../../../contracts/api/problem.ts';
import { ProductView } from '../../../contracts/api/products.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { ORDER_SORT_KEY_PREFIX } from '../../../contracts/entities/order.ts';
import { productKey } from '../../../contracts/entities/product.ts';
import { OrderId, Sku, TransactionId } from '../../../contracts/ids.ts';
import { accountsHandler } from '../../../handlers/api/accounts.ts';
import { ordersHandler } from '../../../handlers/api/orders.ts';
import { productsHandler } from '../../../handlers/api/products.ts';
import { usersHandler } from '../../../handlers/api/users.ts';
import type { ApiHandler } from '../../../handlers/http/resource.ts';
import { type Clock, systemClock } from '../../../pipelines/clock.ts';
import { unmarshal } from '../../../pipelines/dynamodb/unmarshal.ts';
import { writeRate } from '../../../pipelines/limits/write-rate.ts';
import { type ApiRequest, apiEvent } from '../../builders/api-event.ts';
import { pageTokens } from '../../builders/page-tokens.ts';
import { STATUS_PARTITIONS } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { createIdempotencyTable, createTestTable } from '../parts/table.ts';

/** An answer as the tests look at it. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: unknown;
}

/** The write API on tables of its own. */
export type WriteApi = Awaited<ReturnType<typeof startWriteApi>>;

/** What a test may say of how the API runs. */
export interface WriteApiSettings {
  readonly clock?: Clock;
  readonly orderRetentionDays?: number;
  /** The limits of users: none unless it is said. */
  readonly orderPiecesMax?: number;
  readonly openOrdersMax?: number;
  readonly accountsMax?: number;
  readonly writesPerMinute?: number;
}

/** Makes the handlers of the write API on fresh tables of DynamoDB Local. */
export async function startWriteApi(
  dynamoDb = localDynamoDb(),
  { clock = systemClock, orderRetentionDays = 0, ...limits }: WriteApiSettings = {},
) {
  const [tableName, idempotencyTableName] = await Promise.all([
    createTestTable(dynamoDb),
    createIdempotencyTable(dynamoDb),
  ]);
  const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const deps = {
    dynamoDb,
    tableName,
    idempotencyTableName,
    clock,
    orderRetentionDays,
    statusPartitions: STATUS_PARTITIONS,
    logger,
    scopePrefix: '',
    pageTokens: pageTokens(clock),
    takeWriteToken: writeRate({
      dynamoDb,
      idempotencyTableName,
      clock,
      writesPerMinute: limits.writesPerMinute ?? 0,
    }),
    orderPiecesMax: limits.orderPiecesMax ?? 0,
    openOrdersMax: limits.openOrdersMax ?? 0,
    accountsMax: limits.accountsMax ?? 0,
    newOrderId: (at: Date) => OrderId.parse(ulid(at.getTime())),
    newTransactionId: (at: Date) => TransactionId.parse(ulid(at.getTime())),
  };
  const put = async (item: object): Promise<void> => {
    const Item = marshall(item, { removeUndefinedValues: true });
    await dynamoDb.send(new PutItemCommand({ TableName: tableName, Item }));
  };
  const read = async ({ pk, sk }: ItemKey): Promise<Record<string, unknown> | undefined> => {
    const { Item } = await dynamoDb.send(
      new GetItemCommand({ TableName: tableName, Key: marshall({ pk, sk }), ConsistentRead: true }),
    );
    return Item && unmarshal(Item);
  };
  const ordersOf = async (userId: string): Promise<Record<string, unknown>[]> => {
    const { Items = [] } = await dynamoDb.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :orders)',
        ExpressionAttributeValues: marshall({ ':pk': `USER#${userId}`, ':orders': ORDER_SORT_KEY_PREFIX }),
        ConsistentRead: true,
      }),
    );
    return Items.map((item) => unmarshal(item));
  };
  const users = usersHandler(deps);
  const products = productsHandler(deps);
  const orders = ordersHandler(deps);
  const accounts = accountsHandler(deps);
  return {
    deps,
    logger,
    put,
    read,
    ordersOf,
    createUser: calling(users, 'createUser'),
    getUser: calling(users, 'getUser'),
    updateUser: calling(users, 'updateUser'),
    deleteUser: calling(users, 'deleteUser'),
    createProduct: calling(products, 'createProduct'),
    getProduct: calling(products, 'getProduct'),
    listLowStock: calling(products, 'listLowStock'),
    receiveStock: calling(products, 'receiveStock'),
    createOrder: calling(orders, 'createOrder'),
    listOrders: calling(orders, 'listOrders'),
    listLargestOrders: calling(orders, 'listLargestOrders'),
    listOrdersByStatus: calling(orders, 'listOrdersByStatus'),
    getOrder: calling(orders, 'getOrder'),
    changeOrderStatus: calling(orders, 'changeOrderStatus'),
    deleteOrder: calling(orders, 'deleteOrder'),
    openAccount: calling(accounts, 'openAccount'),
    getAccount: calling(accounts, 'getAccount'),
    transferFunds: calling(accounts, 'transferFunds'),
    listLedger: calling(accounts, 'listLedger'),
    createUsers: calling(users, 'createUsers'),
    createProducts: calling(products, 'createProducts'),
    getUsers: calling(users, 'getUsers'),
  };
}

/** Calls the operation of a handler as Lambda does, and parses the response. */
export function calling(handler: ApiHandler, operationId: string) {
  const operation = operations.find(({ id }) => id === operationId);
  if (operation === undefined) throw new Error(`There is no operation ${operationId}`);
  const routeKey = routeKeyOf(operation);
  return async (request: ApiRequest): Promise<Answer> => {
    const event = apiEvent({ routeKey, ...request });
    const { statusCode, headers, body } = await handler(event, { awsRequestId: 'request-1' });
    return { status: statusCode ?? 0, headers: headers ?? {}, body: JSON.parse(body ?? 'null') };
  };
}

export const newId = (kind: string): string => `${kind}-${randomUUID()}`;
export const storedProduct = (api: WriteApi, sku: string) => api.read(productKey(Sku.parse(sku)));

/** Checks that an answer is a problem of RFC 9457 and returns it. */
export function problemIn(answer: Answer): Problem {
  expect(answer.headers['content-type']).toBe('application/problem+json');
  const problem = Problem.parse(answer.body);
  expect(problem).toMatchObject({ status: answer.status, requestId: 'request-1' });
  return problem;
}

export const orderIn = (answer: Answer): OrderView => OrderView.parse(answer.body);
export const orderPageIn = (answer: Answer): OrderPage => OrderPage.parse(answer.body);
export const productIn = (answer: Answer): ProductView => ProductView.parse(answer.body);
export const accountIn = (answer: Answer): AccountView => AccountView.parse(answer.body);
export const transferIn = (answer: Answer): TransferView => TransferView.parse(answer.body);
