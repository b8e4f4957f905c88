import * as z from 'zod';
import { OrderId, UserId } from '../../ids.ts';
import {
  ListLargestOrdersQuery,
  ListOrdersByStatusQuery,
  ListOrdersQuery,
  OrderPage,
} from '../order-lists.ts';
import { ChangeOrderStatusBody, CreateOrderBody, OrderView } from '../orders.ts';
import { createdHeaders, idempotencyHeader } from './headers.ts';
import type { Operation } from './operation.ts';

const userPath = z.object({ userId: UserId });
const orderPath = z.object({ userId: UserId, orderId: OrderId });

export const orderOperations = [
  {
    id: 'createOrder',
    method: 'POST',
    path: '/users/{userId}/orders',
    summary: "Places an order at the catalogue's prices",
    access: 'own-path',
    parameters: { path: userPath, header: idempotencyHeader },
    body: CreateOrderBody,
    example: {
      lines: [{ sku: 'chair', quantity: 2 }],
      shipTo: { name: 'Ada Example', city: 'Dresden', country: 'Germany' },
    },
    success: { status: 201, description: 'The new order', body: OrderView, headers: createdHeaders },
    refusals: [400, 404, 415, 422],
  },
  {
    id: 'listOrders',
    method: 'GET',
    path: '/users/{userId}/orders',
    summary: "Lists a user's orders, the newest first",
    access: 'own-path',
    parameters: { path: userPath, query: ListOrdersQuery },
    success: { status: 200, description: 'A page of the orders', body: OrderPage },
    refusals: [400],
  },
  {
    id: 'listLargestOrders',
    method: 'GET',
    path: '/users/{userId}/largest-orders',
    summary: "Lists a user's orders, the one of the highest total first",
    access: 'own-path',
    parameters: { path: userPath, query: ListLargestOrdersQuery },
    success: { status: 200, description: 'A page of the orders', body: OrderPage },
    refusals: [400],
  },
  {
    id: 'listOrdersByStatus',
    method: 'GET',
    path: '/orders',
    summary: 'Lists all orders of a status that were placed in a span of time, the newest first',
    access: 'admin',
    parameters: { query: ListOrdersByStatusQuery },
    success: { status: 200, description: 'A page of the orders', body: OrderPage },
    refusals: [400],
  },
  {
    id: 'getOrder',
    method: 'GET',
    path: '/users/{userId}/orders/{orderId}',
    summary: 'Reads an order',
    access: 'own-path',
    parameters: { path: orderPath },
    success: { status: 200, description: 'The order', body: OrderView },
    refusals: [400, 404],
  },
  {
    id: 'changeOrderStatus',
    method: 'PATCH',
    path: '/users/{userId}/orders/{orderId}',
    summary: 'Moves an order to its next status',
    access: 'own-path',
    parameters: { path: orderPath },
    body: ChangeOrderStatusBody,
    example: { status: 'cancelled' },
    success: { status: 200, description: 'The order as the change left it', body: OrderView },
    refusals: [400, 404, 409, 415],
  },
  {
    id: 'deleteOrder',
    method: 'DELETE',
    path: '/users/{userId}/orders/{orderId}',
    summary: 'Deletes an order',
    access: 'own-path',
    parameters: { path: orderPath },
    success: { status: 200, description: 'The order that was deleted', body: OrderView },
    refusals: [400, 404, 409],
  },
] as const satisfies readonly Operation[];
