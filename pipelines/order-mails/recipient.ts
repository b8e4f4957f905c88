import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { itemAttributes } from '../../contracts/entities/entity.ts';
import { userKey, userProfile } from '../../contracts/entities/user.ts';
import type { UserId } from '../../contracts/ids.ts';
import type { SuppressionReason } from '../../contracts/order-mails/mail-entry.ts';
import {
  AddressSuppression,
  addressSuppressionKey,
  VerifiedAddress,
  verifiedAddressKey,
} from '../../contracts/order-mails/mailbox-items.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import type { Clock } from '../clock.ts';
import { isExpired } from '../dynamodb/expiry.ts';
import { readItem } from '../dynamodb/read-items.ts';
import { addressHash } from './address-hash.ts';

const Addressee = z.object({ email: userProfile.email, ttl: itemAttributes.ttl });

/** The tables that say whom mails may go to. */
export interface RecipientDeps {
  readonly dynamoDb: DynamoDBClient;
  /** The table of users. */
  readonly tableName: string;
  readonly mailboxTableName: string;
  readonly clock: Clock;
}

/** The recipient of a user's order mails, or why there is none. */
export type Recipient =
  | { readonly state: 'recipient'; readonly email: string }
  | { readonly state: 'no-recipient' }
  | { readonly state: 'suppressed'; readonly reason: SuppressionReason };

/**
 * Reads whether order mails may go to a user, and where: to the address that the user has now, and only if exactly that address
 * is verified. Events hold no personal data. No other attribute of the user is read.
 *
 * @throws ContractViolationError for a user without an address that mail can be sent to.
 */
export async function readRecipient(deps: RecipientDeps, userId: UserId): Promise<Recipient> {
  const email = await readAddress(deps, userId);
  if (email === undefined) return { state: 'no-recipient' };
  const [verified, suppression] = await Promise.all([
    readVerifiedAddress(deps, userId),
    readSuppression(deps, email),
  ]);
  const reason = suppressionReason(email, verified, suppression);
  return reason === undefined ? { state: 'recipient', email } : { state: 'suppressed', reason };
}

function suppressionReason(
  email: string,
  verified: VerifiedAddress | undefined,
  suppression: AddressSuppression | undefined,
): SuppressionReason | undefined {
  if (verified?.addressHash !== addressHash(email)) return 'unverified';
  return verified.unsubscribedAt === undefined ? suppression?.reason : 'unsubscribed';
}

/** The address that a user has now; `undefined` where the user is deleted or expired. */
export async function readAddress(
  { dynamoDb, tableName, clock }: RecipientDeps,
  userId: UserId,
): Promise<string | undefined> {
  const user = await readItem(dynamoDb, {
    tableName,
    key: userKey(userId),
    schema: Addressee,
    attributes: Object.keys(Addressee.shape),
  });
  return user === undefined || isExpired(user, clock.now()) ? undefined : user.email;
}

/** How long a verified address is kept after the verification and after each mail to it: a customer may order once a year. */
const VERIFIED_ADDRESS_LIFE_SECONDS = 400 * 86_400;

/** The `ttl` of a verified address that is used now. */
export const verifiedAddressTtl = (now: Date): number =>
  Math.floor(now.getTime() / MS_PER_SECOND) + VERIFIED_ADDRESS_LIFE_SECONDS;

/** The address that a user has verified last, unless that is expired. */
export async function readVerifiedAddress(
  { dynamoDb, mailboxTableName, clock }: RecipientDeps,
  userId: UserId,
): Promise<VerifiedAddress | undefined> {
  const verified = await readItem(dynamoDb, {
    tableName: mailboxTableName,
    key: verifiedAddressKey(userId),
    schema: VerifiedAddress,
  });
  return verified === undefined || isExpired(verified, clock.now()) ? undefined : verified;
}

/** Whether mails to an address bounced for good, or its owner complained. */
export const readSuppression = (
  { dynamoDb, mailboxTableName }: RecipientDeps,
  email: string,
): Promise<AddressSuppression | undefined> =>
  readItem(dynamoDb, {
    tableName: mailboxTableName,
    key: addressSuppressionKey(addressHash(email)),
    schema: AddressSuppression,
  });
