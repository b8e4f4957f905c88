import * as z from 'zod';
import { UserId } from '../ids.ts';
import { line } from '../text.ts';
import { checkKey, itemAttributes } from './item.ts';
import { userKey } from './keys.ts';

/** What a user tells about themselves. `email` is private: it never leaves the table but to its owner. */
export const userProfile = {
  name: line(200),
  email: z.email().max(254),
  segment: line(100).optional(),
};

/** A user of the shop: `USER#id` / `PROFILE#id`. */
export const UserItem = z
  .object({ ...itemAttributes, entityType: z.literal('User'), userId: UserId, ...userProfile })
  .superRefine((user, ctx) => checkKey(user, userKey(user.userId), ctx));
export type UserItem = z.infer<typeof UserItem>;
