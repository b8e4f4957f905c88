import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { itemAttributes } from '../../contracts/entities/entity.ts';
import { userKey, userProfile } from '../../contracts/entities/user.ts';
import type { UserId } from '../../contracts/ids.ts';
import type { Clock } from '../clock.ts';
import { isExpired } from '../dynamodb/expiry.ts';
import { readItem } from '../dynamodb/read-items.ts';

const Addressee = z.object({
  name: userProfile.name,
  email: userProfile.email,
  ttl: itemAttributes.ttl,
});

/** The recipient of a mail. */
export type Recipient = Pick<z.infer<typeof Addressee>, 'name' | 'email'>;

/**
 * Reads the current name and address of a user: events hold no personal data. No other attribute is read.
 *
 * @returns `undefined` where the user is deleted.
 * @throws ContractViolationError for a user without a name or an address that mail can be sent to.
 */
export async function readRecipient(
  deps: { readonly dynamoDb: DynamoDBClient; readonly tableName: string; readonly clock: Clock },
  userId: UserId,
): Promise<Recipient | undefined> {
  const user = await readItem(deps.dynamoDb, {
    tableName: deps.tableName,
    key: userKey(userId),
    schema: Addressee,
    attributes: Object.keys(Addressee.shape),
  });
  return user === undefined || isExpired(user, deps.clock.now()) ? undefined : user;
}
