import * as z from 'zod';
import { userProfile } from '../entities/user.ts';
import { Instant, UserId, Version } from '../ids.ts';
import { BATCH_BODY_BYTES_MAX, BatchCounts, BatchOutcome, batchOf, checkDistinct } from './batch.ts';
import type { Operation } from './operation.ts';
import { ConsistencyQuery } from './parameters.ts';
import { READS_ORDERS } from './scopes.ts';

/** The last second that ISO 8601 writes with four digits of a year: an item's `ttl` is in seconds, rounded up. */
const EXPIRES_AT_MAX = '9999-12-31T23:59:59.000Z';

/** When a user is to expire, more than a day ago never; DynamoDB removes them within days of it, and the API no longer returns them from then on. */
const expiresAt = Instant.refine(
  (instant) => Date.parse(instant) > 0 && instant <= EXPIRES_AT_MAX,
  `must be after 1970-01-01T00:00:00.000Z and not after ${EXPIRES_AT_MAX}`,
);

/** `POST /users`. */
export const CreateUserBody = z.strictObject({
  userId: UserId,
  ...userProfile,
  expiresAt: expiresAt.optional(),
});
export type CreateUserBody = z.infer<typeof CreateUserBody>;

/** `PATCH /users/{userId}`, a merge patch: what is absent stays, and null removes. See https://www.rfc-editor.org/rfc/rfc7396. */
export const UpdateUserBody = z
  .strictObject({
    name: userProfile.name.optional(),
    email: userProfile.email.optional(),
    segment: userProfile.segment.nullable(),
    expiresAt: expiresAt.nullable().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'must change something')
  .meta({ minProperties: 1 });
export type UpdateUserBody = z.infer<typeof UpdateUserBody>;

/** A user as the API shows it: the public fields alone. */
export const UserView = z.object({
  userId: UserId,
  name: z.string(),
  segment: z.string().optional(),
  expiresAt: Instant.optional(),
  createdAt: Instant,
  updatedAt: Instant,
  version: Version,
});
export type UserView = z.infer<typeof UserView>;

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

/** `POST /batch/users/get`: no two of the ids are the same. */
export const GetUsersBody = z.strictObject({
  userIds: batchOf(UserId).superRefine((userIds, ctx) => checkDistinct(userIds, ['userIds'], ctx)),
});
export type GetUsersBody = z.infer<typeof GetUsersBody>;

/** What became of each user, in the order of the request; `index` is the place in it. */
export const CreateUsersResponse = z.object({
  results: z.array(z.object({ index: z.int(), userId: UserId }).and(BatchOutcome)),
  counts: BatchCounts,
});
export type CreateUsersResponse = z.infer<typeof CreateUsersResponse>;

/** One of the users that were asked for. */
export const FoundUser = z.discriminatedUnion('found', [
  z.object({ userId: UserId, found: z.literal(true), user: UserView }),
  z.object({ userId: UserId, found: z.literal(false) }),
  /** It could not be read, so whether it exists is unknown. */
  z.object({ userId: UserId, found: z.literal('unknown'), retryable: z.boolean() }),
]);
export type FoundUser = z.infer<typeof FoundUser>;

/** The users, in the order in which they were asked for. */
export const GetUsersResponse = z.object({ users: z.array(FoundUser) });
export type GetUsersResponse = z.infer<typeof GetUsersResponse>;

const userPath = z.object({ userId: UserId });

export const userOperations = [
  {
    id: 'createUser',
    method: 'POST',
    path: '/users',
    summary: 'Creates a user',
    access: 'owner',
    scopes: ['orders:write'],
    body: CreateUserBody,
    example: { userId: 'ada', name: 'Ada Example', email: 'ada@example.com' },
    idempotency: 'optional',
    success: { status: 201, description: 'The new user', body: UserView, location: '/users/{userId}' },
    refusals: [409],
  },
  {
    id: 'getUser',
    method: 'GET',
    path: '/users/{userId}',
    summary: 'Reads the public attributes of a user',
    access: 'owner',
    scopes: READS_ORDERS,
    parameters: { path: userPath, query: ConsistencyQuery },
    success: { status: 200, description: 'The user', body: UserView, etag: true },
    refusals: [404],
  },
  {
    id: 'updateUser',
    method: 'PATCH',
    path: '/users/{userId}',
    summary: 'Changes the attributes that the body names; null removes one',
    access: 'owner',
    scopes: ['orders:write'],
    parameters: { path: userPath },
    body: UpdateUserBody,
    example: { name: 'Ada Sample', segment: null },
    ifMatch: 'optional',
    success: {
      status: 200,
      description: 'The user after the change',
      body: UserView,
      etag: true,
    },
    refusals: [404],
  },
  {
    id: 'deleteUser',
    method: 'DELETE',
    path: '/users/{userId}',
    summary: 'Deletes a user and keeps the orders and accounts',
    access: 'owner',
    scopes: ['orders:write'],
    parameters: { path: userPath },
    ifMatch: 'optional',
    success: { status: 200, description: 'The deleted user', body: UserView },
    refusals: [404],
  },
  {
    id: 'createUsers',
    method: 'POST',
    path: '/batch/users',
    summary: 'Creates up to 1,000 users, each independently',
    access: 'scoped',
    scopes: ['orders:write'],
    body: CreateUsersBody,
    bodyBytesMax: BATCH_BODY_BYTES_MAX,
    success: { status: 200, description: 'The outcome for each user', body: CreateUsersResponse },
  },
  {
    id: 'getUsers',
    method: 'POST',
    path: '/batch/users/get',
    summary: 'Reads up to 1,000 users',
    access: 'scoped',
    scopes: READS_ORDERS,
    body: GetUsersBody,
    bodyBytesMax: BATCH_BODY_BYTES_MAX,
    success: { status: 200, description: 'The users in the order asked for', body: GetUsersResponse },
  },
] as const satisfies readonly Operation[];
