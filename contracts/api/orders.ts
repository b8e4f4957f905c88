import * as z from 'zod';
import { ORDER_LINES_MAX, OrderLine, ShipTo, shipToFields } from '../entities/order.ts';
import { Day, Instant, OrderId, Sku, UserId, Version } from '../ids.ts';
import { Currency, MinorUnits, Quantity } from '../money.ts';
import { OrderStatus } from '../order-status.ts';
import type { Operation } from './operation.ts';
import { ConsistencyQuery, nextPage, pageQuery } from './parameters.ts';
import { READS_ORDERS } from './scopes.ts';

/** `POST /users/{userId}/orders`. Prices, names and categories come from the catalogue, never from the caller. */
export const CreateOrderBody = z.strictObject({
  lines: z
    .array(z.strictObject({ sku: Sku, quantity: Quantity }))
    .min(1)
    .max(ORDER_LINES_MAX),
  shipTo: z.strictObject(shipToFields),
});
export type CreateOrderBody = z.infer<typeof CreateOrderBody>;

/** `PATCH /users/{userId}/orders/{orderId}`. Only the system itself rejects an order. */
export const ChangeOrderStatusBody = z.strictObject({ status: OrderStatus.exclude(['placed', 'rejected']) });
export type ChangeOrderStatusBody = z.infer<typeof ChangeOrderStatusBody>;

/** An order as the API shows it. */
export const OrderView = z.object({
  orderId: OrderId,
  userId: UserId,
  status: OrderStatus,
  lines: z.array(OrderLine),
  total: MinorUnits,
  currency: Currency,
  shipTo: ShipTo,
  sourceId: z.string().optional(),
  createdAt: Instant,
  updatedAt: Instant,
  version: Version,
});
export type OrderView = z.infer<typeof OrderView>;

/** `GET /users/{userId}/orders`. */
export const ListOrdersQuery = z.object({
  ...pageQuery,
  status: OrderStatus.optional(),
  ...ConsistencyQuery.shape,
});
export type ListOrdersQuery = z.infer<typeof ListOrdersQuery>;

/** `GET /users/{userId}/largest-orders`. */
export const ListLargestOrdersQuery = z.object(pageQuery);
export type ListLargestOrdersQuery = z.infer<typeof ListLargestOrdersQuery>;

/** One end of a span of time: a full day in UTC, `yyyy-mm-dd`, or an instant. */
export const DayOrInstant = z
  .union([Day, z.iso.datetime()], 'must be a day, yyyy-mm-dd, or an instant in UTC, yyyy-mm-ddThh:mm:ssZ')
  .refine((moment) => Date.parse(moment) >= 0, 'must not be before 1970');

/** `GET /orders`. Both ends belong to the span; without them it is the last 7 days. */
export const ListOrdersByStatusQuery = z.object({
  ...pageQuery,
  status: OrderStatus,
  from: DayOrInstant.optional(),
  to: DayOrInstant.optional(),
});
export type ListOrdersByStatusQuery = z.infer<typeof ListOrdersByStatusQuery>;

/** A page of a list of orders. It can be short and still have a next one. */
export const OrderPage = z.object({ orders: z.array(OrderView), ...nextPage });
export type OrderPage = z.infer<typeof OrderPage>;

/** `GET /schemas/{name}`: the schema of an event type, a document of JSON Schema. */
export const EventSchema = z.looseObject({ $schema: z.url(), $id: z.string(), title: z.string() });
export type EventSchema = z.infer<typeof EventSchema>;

const schemaPath = z.object({ name: z.string().regex(/^[a-z0-9.-]{1,128}$/) });
/** An hour: additions to a schema keep its name. */
const SCHEMA_CACHE_SECONDS = 3_600;

const userPath = z.object({ userId: UserId });
const orderPath = z.object({ userId: UserId, orderId: OrderId });

export const orderOperations = [
  {
    id: 'createOrder',
    method: 'POST',
    path: '/users/{userId}/orders',
    summary: "Places an order at the catalogue's prices",
    access: 'owner',
    scopes: ['orders:write'],
    parameters: { path: userPath },
    body: CreateOrderBody,
    example: {
      lines: [{ sku: 'chair', quantity: 2 }],
      shipTo: { name: 'Ada Example', city: 'Dresden', country: 'Germany' },
    },
    idempotency: 'optional',
    success: {
      status: 201,
      description: 'The new order',
      body: OrderView,
      location: '/users/{userId}/orders/{orderId}',
    },
    refusals: [404],
  },
  {
    id: 'listOrders',
    method: 'GET',
    path: '/users/{userId}/orders',
    summary: "Lists a user's orders, the newest first",
    access: 'owner',
    scopes: READS_ORDERS,
    parameters: { path: userPath, query: ListOrdersQuery },
    success: { status: 200, description: 'A page of the orders', body: OrderPage },
  },
  {
    id: 'listLargestOrders',
    method: 'GET',
    path: '/users/{userId}/largest-orders',
    summary: "Lists a user's orders, the highest total first",
    access: 'owner',
    scopes: READS_ORDERS,
    parameters: { path: userPath, query: ListLargestOrdersQuery },
    success: { status: 200, description: 'A page of the orders', body: OrderPage },
  },
  {
    id: 'listOrdersByStatus',
    method: 'GET',
    path: '/orders',
    summary: 'Lists all orders of a status in a range of dates, the newest first',
    access: 'scoped',
    scopes: READS_ORDERS,
    parameters: { query: ListOrdersByStatusQuery },
    success: { status: 200, description: 'A page of the orders', body: OrderPage },
  },
  {
    id: 'getOrder',
    method: 'GET',
    path: '/users/{userId}/orders/{orderId}',
    summary: 'Reads an order',
    access: 'owner',
    scopes: READS_ORDERS,
    parameters: { path: orderPath },
    success: { status: 200, description: 'The order', body: OrderView },
    refusals: [404, 409],
  },
  {
    id: 'changeOrderStatus',
    method: 'PATCH',
    path: '/users/{userId}/orders/{orderId}',
    summary: 'Changes the status of an order',
    access: 'owner',
    scopes: ['orders:write'],
    parameters: { path: orderPath },
    body: ChangeOrderStatusBody,
    example: { status: 'cancelled' },
    success: { status: 200, description: 'The order after the change', body: OrderView },
    refusals: [404, 409],
  },
  {
    id: 'deleteOrder',
    method: 'DELETE',
    path: '/users/{userId}/orders/{orderId}',
    summary: 'Deletes an order',
    access: 'scoped',
    scopes: ['orders:write'],
    parameters: { path: orderPath },
    success: { status: 200, description: 'The deleted order', body: OrderView },
    refusals: [404, 409],
  },
  {
    id: 'getEventSchema',
    method: 'GET',
    path: '/schemas/{name}',
    summary: 'Reads the JSON Schema of an event type, which `dataschema` names',
    access: 'public',
    parameters: { path: schemaPath },
    success: {
      status: 200,
      description: 'The schema',
      body: EventSchema,
      cacheSeconds: SCHEMA_CACHE_SECONDS,
    },
    refusals: [404],
  },
] as const satisfies readonly Operation[];
