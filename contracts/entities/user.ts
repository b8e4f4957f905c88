import * as z from 'zod';
import { UserId } from '../ids.ts';
import { line } from '../text.ts';
import { checkKey, type Entity, entityKey, type ItemKey, itemAttributes } from './entity.ts';

const key = entityKey('User', 'USER#{userId}', 'PROFILE#{userId}', { userId: UserId });
export const userKey = (userId: UserId): ItemKey => key.of({ userId });
/** The partition that holds a user and that user's orders. */
export const userPartition = (userId: UserId): string => userKey(userId).pk;

/** The profile that a user enters. `email` is private: only its owner reads it from the table. */
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

export const userEntity = {
  key,
  item: UserItem,
  writtenBy: ['api'],
  readBy: ['order-events', 'search-index'],
} as const satisfies Entity;
