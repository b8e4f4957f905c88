import * as z from 'zod';
import { Instant, UserId, Version } from '../ids.ts';
import { userProfile } from '../items/user.ts';

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
