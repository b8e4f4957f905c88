import * as z from 'zod';
import { UserView } from '../../contracts/api/users.ts';
import { UserId } from '../../contracts/ids.ts';
import { checkKey, itemAttributes } from '../../contracts/items/item.ts';
import { userProfile } from '../../contracts/items/user.ts';
import { userKey } from '../../contracts/keys.ts';
import { parse } from '../../contracts/reading.ts';
import { expiryOf } from '../core/expiry.ts';

const { email: _private, ...publicProfile } = userProfile;

/** A user's item without the private fields: it keeps the contract as far as that can be seen without them. */
export const PublicUser = z
  .object({ ...itemAttributes, entityType: z.literal('User'), userId: UserId, ...publicProfile })
  .superRefine((user, ctx) => checkKey(user, userKey(user.userId), ctx));
export type PublicUser = z.infer<typeof PublicUser>;

/** A user without the private fields. */
export const userView = ({ ttl, ...user }: PublicUser): UserView =>
  parse(UserView, { ...user, ...(ttl === undefined ? {} : { expiresAt: expiryOf(ttl) }) });
