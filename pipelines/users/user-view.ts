import { UserView } from '../../contracts/api/users.ts';
import type { UserItem } from '../../contracts/items/user.ts';
import { expiryOf } from '../core/expiry.ts';

/** What the API shows of a user. */
export type PublicUser = Pick<
  UserItem,
  'userId' | 'name' | 'segment' | 'ttl' | 'createdAt' | 'updatedAt' | 'version'
>;

/** A user without the private fields. */
export const userView = ({ ttl, ...user }: PublicUser): UserView =>
  UserView.parse({ ...user, ...(ttl === undefined ? {} : { expiresAt: expiryOf(ttl) }) });
