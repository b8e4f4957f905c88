import * as z from 'zod';
import { Sku, UserId } from '../ids.ts';
import type { Operation } from './operation.ts';
import { CreateProductBody } from './products.ts';
import { CreateUserBody, UserView } from './users.ts';

/** The most entries of one batch. */
export const BATCH_ENTRIES_MAX = 1_000;

const batchOf = <Entry extends z.ZodType>(entry: Entry) => z.array(entry).min(1).max(BATCH_ENTRIES_MAX);

/** `POST /batch/users`: no two of the users have the same id. */
export const CreateUsersBody = z.strictObject({
  users: batchOf(CreateUserBody).superRefine((users, ctx) =>
    checkDistinct(
      users.map(({ userId }) => userId),
      ['users', 'userId'],
      ctx,
    ),
  ),
});
export type CreateUsersBody = z.infer<typeof CreateUsersBody>;

/** `POST /batch/products`: no two of the products have the same sku. */
export const CreateProductsBody = z.strictObject({
  products: batchOf(CreateProductBody).superRefine((products, ctx) =>
    checkDistinct(
      products.map(({ sku }) => sku),
      ['products', 'sku'],
      ctx,
    ),
  ),
});
export type CreateProductsBody = z.infer<typeof CreateProductsBody>;

/** `POST /batch/users/get`: no two of the ids are the same. */
export const GetUsersBody = z.strictObject({
  userIds: batchOf(UserId).superRefine((userIds, ctx) => checkDistinct(userIds, ['userIds'], ctx)),
});
export type GetUsersBody = z.infer<typeof GetUsersBody>;

/** What became of one entry of a batch. */
export const BatchOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('created') }),
  /** There was an item with this id, which is as it was. */
  z.object({ outcome: z.literal('already-exists') }),
  /** It was not written, or nobody knows whether it was: sent again, it is found `already-exists` where it was. */
  z.object({ outcome: z.literal('failed'), retryable: z.boolean() }),
]);
export type BatchOutcome = z.infer<typeof BatchOutcome>;

/** How many entries of a batch came to what. */
export const BatchCounts = z.object({ created: z.int(), alreadyExists: z.int(), failed: z.int() });
export type BatchCounts = z.infer<typeof BatchCounts>;

/** What became of each user, in the order of the request; `index` is the place in it. */
export const CreateUsersAnswer = z.object({
  results: z.array(z.object({ index: z.int(), userId: UserId }).and(BatchOutcome)),
  counts: BatchCounts,
});
export type CreateUsersAnswer = z.infer<typeof CreateUsersAnswer>;

/** What became of each product, in the order of the request; `index` is the place in it. */
export const CreateProductsAnswer = z.object({
  results: z.array(z.object({ index: z.int(), sku: Sku }).and(BatchOutcome)),
  counts: BatchCounts,
});
export type CreateProductsAnswer = z.infer<typeof CreateProductsAnswer>;

/** One of the users that were asked for. */
export const FoundUser = z.discriminatedUnion('found', [
  z.object({ userId: UserId, found: z.literal(true), user: UserView }),
  z.object({ userId: UserId, found: z.literal(false) }),
  /** It could not be read, so nobody knows whether there is one. */
  z.object({ userId: UserId, found: z.literal('unknown'), retryable: z.boolean() }),
]);
export type FoundUser = z.infer<typeof FoundUser>;

/** The users, in the order in which they were asked for. */
export const GetUsersAnswer = z.object({ users: z.array(FoundUser) });
export type GetUsersAnswer = z.infer<typeof GetUsersAnswer>;

/** Adds an issue for each id that an earlier entry has, and names that entry. `place` is the list and the id's field in an entry. */
function checkDistinct(
  ids: readonly string[],
  [list, ...field]: readonly [list: string, ...field: string[]],
  ctx: z.RefinementCtx,
): void {
  const firstAt = new Map<string, number>();
  for (const [index, id] of ids.entries()) {
    const first = firstAt.get(id);
    if (first === undefined) firstAt.set(id, index);
    else {
      const message = `is the same as /${[list, first, ...field].join('/')}`;
      ctx.addIssue({ code: 'custom', path: [index, ...field], message });
    }
  }
}

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
