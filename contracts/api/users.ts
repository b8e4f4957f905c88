import * as z from 'zod';
import { Instant, UserId, Version } from '../ids.ts';
import { userProfile } from '../items/user.ts';

/** `POST /users`. */
export const CreateUserBody = z.strictObject({ userId: UserId, ...userProfile });
export type CreateUserBody = z.infer<typeof CreateUserBody>;

/** A user as the API shows it: the public fields alone. */
export const UserView = z.object({
  userId: UserId,
  name: z.string(),
  segment: z.string().optional(),
  createdAt: Instant,
  updatedAt: Instant,
  version: Version,
});
export type UserView = z.infer<typeof UserView>;
