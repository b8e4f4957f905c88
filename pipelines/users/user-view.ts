import * as z from 'zod';
import { UserView } from '../../contracts/api/users.ts';
import { UserId } from '../../contracts/ids.ts';
import { itemAttributes } from '../../contracts/items/item.ts';
import { userProfile } from '../../contracts/items/user.ts';
import { parse } from '../../contracts/reading.ts';
import { expiryOf } from '../core/expiry.ts';

const { ttl, createdAt, updatedAt, version } = itemAttributes;
const { name, segment } = userProfile;

/** What is public of a user's item. */
export const PublicUser = z.object({ userId: UserId, name, segment, ttl, createdAt, updatedAt, version });
export type PublicUser = z.infer<typeof PublicUser>;

/** A user without the private fields. */
export const userView = ({ ttl, ...user }: PublicUser): UserView =>
  parse(UserView, { ...user, ...(ttl === undefined ? {} : { expiresAt: expiryOf(ttl) }) });
