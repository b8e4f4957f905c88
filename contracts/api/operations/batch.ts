import {
  CreateProductsAnswer,
  CreateProductsBody,
  CreateUsersAnswer,
  CreateUsersBody,
  GetUsersAnswer,
  GetUsersBody,
} from '../batch.ts';
import type { Operation } from './operation.ts';

/** None of them takes an idempotency key: what was created before is told as `already-exists` and stays as it is. */
export const batchOperations = [
  {
    id: 'createUsers',
    method: 'POST',
    path: '/batch/users',
    summary: 'Creates up to 1,000 users, each by itself',
    access: 'admin',
    body: CreateUsersBody,
    success: { status: 200, description: 'What became of each user', body: CreateUsersAnswer },
    refusals: [400, 415],
  },
  {
    id: 'createProducts',
    method: 'POST',
    path: '/batch/products',
    summary: 'Adds up to 1,000 products to the catalogue, each by itself',
    access: 'admin',
    body: CreateProductsBody,
    success: { status: 200, description: 'What became of each product', body: CreateProductsAnswer },
    refusals: [400, 415],
  },
  {
    id: 'getUsers',
    method: 'POST',
    path: '/batch/users/get',
    summary: 'Reads up to 1,000 users',
    access: 'admin',
    body: GetUsersBody,
    success: { status: 200, description: 'The users in the order asked for', body: GetUsersAnswer },
    refusals: [400, 415],
  },
] as const satisfies readonly Operation[];
