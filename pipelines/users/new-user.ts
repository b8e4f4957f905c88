import type { CreateUserBody } from '../../contracts/api/users.ts';
import type { Instant, Version } from '../../contracts/ids.ts';
import type { UserItem } from '../../contracts/items/user.ts';
import { userKey } from '../../contracts/keys.ts';
import { ttlOf } from '../core/expiry.ts';

/** The item of a user who is created now. */
export function newUser({ expiresAt, ...body }: CreateUserBody, now: Instant, version: Version): UserItem {
  return {
    ...body,
    ...userKey(body.userId),
    entityType: 'User',
    createdAt: now,
    updatedAt: now,
    version,
    ...(expiresAt === undefined ? {} : { ttl: ttlOf(expiresAt) }),
  };
}
