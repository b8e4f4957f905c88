import { accountOperations } from './accounts.ts';
import { emailVerificationOperations } from './email-verification.ts';
import type { Operation } from './operation.ts';
import { operatorOperations } from './operators.ts';
import { orderOperations } from './orders.ts';
import { productOperations } from './products.ts';
import { searchOperations } from './search.ts';
import { userOperations } from './users.ts';

/** Every operation of the API, by resource; a function serves each resource. */
export const operationsByResource: Readonly<Record<string, readonly Operation[]>> = {
  users: [...userOperations, ...emailVerificationOperations],
  orders: orderOperations,
  products: productOperations,
  accounts: accountOperations,
  search: searchOperations,
  operators: operatorOperations,
};

/** Every operation of the API. */
export const operations: readonly Operation[] = Object.values(operationsByResource).flat();
