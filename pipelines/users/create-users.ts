import type { CreateUsersAnswer, CreateUsersBody } from '../../contracts/api/batch.ts';
import { countOutcomes } from '../batch/count-outcomes.ts';
import { type InsertItemsDeps, insertItems } from '../batch/insert-items.ts';
import { type Clock, instantOf } from '../core/clock.ts';
import { checkExpiry } from './check-expiry.ts';
import { newUser } from './new-user.ts';

export interface CreateUsersDeps extends InsertItemsDeps {
  readonly clock: Clock;
}

/**
 * Creates users, each by itself; one that exists stays as it is. What is not done when `signal` is aborted is told as failed.
 *
 * @throws InvalidRequestError naming each time to expire that has long passed; the SDK's own error when a request can never go through.
 */
export async function createUsers(
  deps: CreateUsersDeps,
  { users }: CreateUsersBody,
  signal: AbortSignal,
): Promise<CreateUsersAnswer> {
  const asked = users.map(({ expiresAt }, index) => ({ field: `/users/${index}/expiresAt`, expiresAt }));
  checkExpiry(asked, deps.clock.now());
  const now = instantOf(deps.clock.now());
  const items = users.map((body) => newUser(body, now, deps.clock.firstVersion()));
  const inserted = await insertItems(deps, items, signal);
  return {
    results: inserted.map(({ item, outcome }, index) => ({ index, userId: item.userId, ...outcome })),
    counts: countOutcomes(inserted.map(({ outcome }) => outcome)),
  };
}
