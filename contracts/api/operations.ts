import { accountOperations } from './accounts.ts';
import { batchOperations } from './batch.ts';
import type { Operation } from './operation.ts';
import { opsOperations } from './operators.ts';
import { orderOperations } from './orders.ts';
import { productOperations } from './products.ts';
import { searchOperations } from './search.ts';
import { userOperations } from './users.ts';

/** Every operation of the API, by what it is about. */
export const operationsByResource: Readonly<Record<string, readonly Operation[]>> = {
  users: userOperations,
  orders: orderOperations,
  products: productOperations,
  accounts: accountOperations,
  batch: batchOperations,
  search: searchOperations,
  ops: opsOperations,
};

/** Every operation of the API. */
export const operations: readonly Operation[] = Object.values(operationsByResource).flat();
