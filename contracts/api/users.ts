import * as z from 'zod';
import { userProfile } from '../entities/user.ts';
import { Instant, UserId, Version } from '../ids.ts';
import {
  createdHeaders,
  idempotencyHeader,
  ifMatchHeader,
  type Operation,
  versionHeaders,
} from './operation.ts';
import { ConsistencyQuery } from './parameters.ts';

/** The last second that ISO 8601 writes with four digits of a year: an item's `ttl` is in seconds, rounded up. */
const EXPIRES_AT_MAX = '9999-12-31T23:59:59.000Z';

/** When a user is to expire, more than a day ago never; DynamoDB removes them within days of it, and the API knows them no more from then on. */
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
  .refine((body) => Object.keys(body).length > 0, 'must change something');
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

const userPath = z.object({ userId: UserId });

export const userOperations = [
  {
    id: 'createUser',
    method: 'POST',
    path: '/users',
    summary: 'Creates a user',
    access: 'own-body',
    parameters: { header: idempotencyHeader },
    body: CreateUserBody,
    example: { userId: 'ada', name: 'Ada Example', email: 'ada@example.com' },
    success: { status: 201, description: 'The new user', body: UserView, headers: createdHeaders },
    refusals: [400, 409, 415, 422],
  },
  {
    id: 'getUser',
    method: 'GET',
    path: '/users/{userId}',
    summary: 'Reads what is public of a user',
    access: 'own-path',
    parameters: { path: userPath, query: ConsistencyQuery },
    success: { status: 200, description: 'The user', body: UserView, headers: versionHeaders },
    refusals: [400, 404],
  },
  {
    id: 'updateUser',
    method: 'PATCH',
    path: '/users/{userId}',
    summary: 'Changes what the body names of a user; null removes',
    access: 'own-path',
    parameters: { path: userPath, header: ifMatchHeader },
    body: UpdateUserBody,
    example: { name: 'Ada Sample', segment: null },
    success: {
      status: 200,
      description: 'The user as the change left them',
      body: UserView,
      headers: versionHeaders,
    },
    refusals: [400, 404, 412, 415],
  },
  {
    id: 'deleteUser',
    method: 'DELETE',
    path: '/users/{userId}',
    summary: 'Deletes a user, whose orders and accounts stay',
    access: 'own-path',
    parameters: { path: userPath, header: ifMatchHeader },
    success: { status: 200, description: 'The user who was deleted', body: UserView },
    refusals: [400, 404, 412],
  },
] as const satisfies readonly Operation[];
