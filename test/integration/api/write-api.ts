import { randomUUID } from 'node:crypto';
import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ulid } from 'ulid';
import { expect, vi } from 'vitest';
import { AccountView, TransferView } from '../../../contracts/api/accounts.ts';
import { OrderPage, OrderView } from '../../../contracts/api/orders.ts';
import { Problem } from '../../../contracts/api/problem.ts';
import { ProductView } from '../../../contracts/api/products.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { ORDER_SORT_KEY_PREFIX } from '../../../contracts/entities/order.ts';
import { productKey } from '../../../contracts/entities/product.ts';
import { OrderId, Sku, TransactionId } from '../../../contracts/ids.ts';
import { changeOrderStatusHandler } from '../../../handlers/api/change-order-status.ts';
import { createOrderHandler } from '../../../handlers/api/create-order.ts';
import { createProductHandler } from '../../../handlers/api/create-product.ts';
import { createProductsHandler } from '../../../handlers/api/create-products.ts';
import { createUserHandler } from '../../../handlers/api/create-user.ts';
import { createUsersHandler } from '../../../handlers/api/create-users.ts';
import { deleteOrderHandler } from '../../../handlers/api/delete-order.ts';
import { deleteUserHandler } from '../../../handlers/api/delete-user.ts';
import { getAccountHandler } from '../../../handlers/api/get-account.ts';
import { getOrderHandler } from '../../../handlers/api/get-order.ts';
import { getProductHandler } from '../../../handlers/api/get-product.ts';
import { getUserHandler } from '../../../handlers/api/get-user.ts';
import { getUsersHandler } from '../../../handlers/api/get-users.ts';
import { listLargestOrdersHandler } from '../../../handlers/api/list-largest-orders.ts';
import { listLedgerHandler } from '../../../handlers/api/list-ledger.ts';
import { listLowStockHandler } from '../../../handlers/api/list-low-stock.ts';
import { listOrdersHandler } from '../../../handlers/api/list-orders.ts';
import { listOrdersByStatusHandler } from '../../../handlers/api/list-orders-by-status.ts';
import { openAccountHandler } from '../../../handlers/api/open-account.ts';
import { receiveStockHandler } from '../../../handlers/api/receive-stock.ts';
import { transferFundsHandler } from '../../../handlers/api/transfer-funds.ts';
import { updateUserHandler } from '../../../handlers/api/update-user.ts';
import type { ApiHandler } from '../../../handlers/http/api-handler.ts';
import { type Clock, systemClock } from '../../../pipelines/clock.ts';
import { unmarshal } from '../../../pipelines/dynamodb/unmarshal.ts';
import { type ApiRequest, apiEvent } from '../../builders/api-event.ts';
import { pageTokens } from '../../builders/page-tokens.ts';
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
  readonly retentionDays?: number;
}

/** Makes the handlers of the write API on fresh tables of DynamoDB Local. */
export async function startWriteApi(
  dynamoDb = localDynamoDb(),
  { clock = systemClock, retentionDays = 0 }: WriteApiSettings = {},
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
    retentionDays,
    logger,
    pageTokens: pageTokens(clock),
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
  return {
    deps,
    logger,
    put,
    read,
    ordersOf,
    createUser: calling(createUserHandler(deps)),
    getUser: calling(getUserHandler(deps)),
    updateUser: calling(updateUserHandler(deps)),
    deleteUser: calling(deleteUserHandler(deps)),
    createProduct: calling(createProductHandler(deps)),
    getProduct: calling(getProductHandler(deps)),
    listLowStock: calling(listLowStockHandler(deps)),
    receiveStock: calling(receiveStockHandler(deps)),
    createOrder: calling(createOrderHandler(deps)),
    listOrders: calling(listOrdersHandler(deps)),
    listLargestOrders: calling(listLargestOrdersHandler(deps)),
    listOrdersByStatus: calling(listOrdersByStatusHandler(deps)),
    getOrder: calling(getOrderHandler(deps)),
    changeOrderStatus: calling(changeOrderStatusHandler(deps)),
    deleteOrder: calling(deleteOrderHandler(deps)),
    openAccount: calling(openAccountHandler(deps)),
    getAccount: calling(getAccountHandler(deps)),
    transferFunds: calling(transferFundsHandler(deps)),
    listLedger: calling(listLedgerHandler(deps)),
    createUsers: calling(createUsersHandler(deps)),
    createProducts: calling(createProductsHandler(deps)),
    getUsers: calling(getUsersHandler(deps)),
  };
}

/** Calls a handler as Lambda does, and parses its answer. */
export const calling =
  (handler: ApiHandler) =>
  async (request: ApiRequest): Promise<Answer> => {
    const { statusCode, headers, body } = await handler(apiEvent(request), { awsRequestId: 'request-1' });
    return { status: statusCode ?? 0, headers: headers ?? {}, body: JSON.parse(body ?? 'null') };
  };

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
