import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { BadRequestException, type SESv2Client } from '@aws-sdk/client-sesv2';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { EmailVerificationView } from '../../contracts/api/email-verification.ts';
import type { UserId } from '../../contracts/ids.ts';
import {
  addressDayKey,
  endedMailsKey,
  userDayKey,
  verifiedAddressKey,
} from '../../contracts/order-mails/mailbox-items.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { instantOf } from '../clock.ts';
import { ConditionsFailedError, commit } from '../dynamodb/commit.ts';
import { retryOnConflict } from '../dynamodb/optimistic-lock.ts';
import { SinkRefusedError } from '../errors.ts';
import { ConflictError, InvalidRequestError, NotFoundError } from '../request-errors.ts';
import { checkUser } from '../users/check-user.ts';
import { addressHash } from './address-hash.ts';
import { countOne, dayOf, VERIFICATION_MAILS_PER_DAY_MAX } from './daily-bounds.ts';
import { type MailTokens, VERIFICATION_LIFE_SECONDS } from './mail-tokens.ts';
import {
  type RecipientDeps,
  readAddress,
  readSuppression,
  readVerifiedAddress,
  verifiedAddressTtl,
} from './recipient.ts';
import { type MailSender, sendMail } from './send-mail.ts';

/** The stack sends no order mails, so that no address needs to be verified. */
export class OrderMailsDisabledError extends ConflictError {
  readonly code = 'order-mails-disabled';
  readonly remedy = 'Deploy the stack with OrderMails=Enabled.';

  constructor() {
    super('The shop sends no order mails.');
  }
}

/** The user, or the address, has had as many verification mails today as it may get. */
export class VerificationLimitError extends ConflictError {
  readonly code = 'verification-limit';
  readonly remedy = `Try again tomorrow: there are ${VERIFICATION_MAILS_PER_DAY_MAX} mails a day.`;

  constructor() {
    super('Too many codes were mailed today.');
  }
}

/** SES takes no mail to the address: its syntax is not one of SES's. */
export class AddressRefusedError extends ConflictError {
  readonly code = 'address-refused';
  readonly remedy = "Correct the user's address.";

  constructor(options: ErrorOptions) {
    super("No mail can be sent to the user's address.", options);
  }
}

/**
 * The code verifies nothing here. Whether it was forged, or is another user's, another address's or an old one, is not reported:
 * that would help only an attacker who tries codes.
 */
export class InvalidVerificationError extends InvalidRequestError {
  override readonly code = 'invalid-verification';
  override readonly remedy = 'Ask for a new code.';

  constructor() {
    super('The code is not valid here.', [
      {
        in: 'body',
        field: '/token',
        message:
          "must be the code of a mail to the user's present address, at most a day old and asked for after any unsubscription",
      },
    ]);
  }
}

/** What the verification of addresses needs. */
export interface VerifyAddressDeps extends RecipientDeps {
  readonly ses: SESv2Client;
  readonly tokens: MailTokens;
  readonly sender: MailSender;
}

/**
 * Mails a code to the address that the user has now, unless that is verified. At most {@link VERIFICATION_MAILS_PER_DAY_MAX} such mails
 * a day leave for a user, and as many for an address: it may be that of someone who asked for nothing. A suppressed address gets no mail, and
 * the same response: whether an address bounced or its owner complained is no caller's business.
 *
 * @throws NotFoundError; VerificationLimitError; AddressRefusedError; SinkRefusedError where SES refuses the sender, or in its sandbox the
 * address; the SDK's own error where the mail fails in another way.
 */
export async function requestEmailVerification(
  deps: VerifyAddressDeps,
  { userId }: { readonly userId: UserId },
): Promise<EmailVerificationView> {
  const { dynamoDb, mailboxTableName, ses, tokens, sender, clock } = deps;
  const email = await readAddress(deps, userId);
  if (email === undefined) throw new NotFoundError('user');
  const [verified, suppression] = await Promise.all([
    readVerifiedAddress(deps, userId),
    readSuppression(deps, email),
  ]);
  const hash = addressHash(email);
  if (verified?.addressHash === hash && verified.unsubscribedAt === undefined)
    return { userId, state: 'verified', verifiedAt: verified.verifiedAt };
  const now = clock.now();
  const counted = {
    tableName: mailboxTableName,
    counter: 'verificationMails',
    max: VERIFICATION_MAILS_PER_DAY_MAX,
    now,
  } as const;
  const keys = [userDayKey(userId, dayOf(now)), addressDayKey(hash, dayOf(now))];
  const counts = keys.map((key) => countOne({ ...counted, key }));
  try {
    await retryOnConflict(() => commit(dynamoDb, [...counts, checkUser(deps.tableName, userId, now)]));
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    throw error.failedActions.has(counts.length) ? new NotFoundError('user') : new VerificationLimitError();
  }
  if (suppression === undefined) {
    const token = await tokens.sealVerification(userId, hash, instantOf(now));
    try {
      await sendMail(ses, { ...verificationMail(token), ...sender, to: email, headers: {} });
    } catch (error) {
      // It stays counted: what SES refuses must not be asked for without a bound either. `MessageRejected` is about identities, which are the shop's.
      const isAddress = error instanceof SinkRefusedError && error.cause instanceof BadRequestException;
      throw isAddress ? new AddressRefusedError({ cause: error }) : error;
    }
  }
  const expiresAt = instantOf(new Date(now.getTime() + VERIFICATION_LIFE_SECONDS * MS_PER_SECOND));
  return { userId, state: 'sent', expiresAt };
}

/** Nothing in it is the user's: a user who enters a third party's address must not write to that party. */
const verificationMail = (token: string) => ({
  subject: 'Verify your address',
  text: `Someone, probably you, wants to get mails about orders at this address. To agree, enter this code in the shop within a day:\n\n${token}\n\nIf it was not you, do nothing: without the code, no mails about orders come here.\n`,
  html: `<p>Someone, probably you, wants to get mails about orders at this address. To agree, enter this code in the shop within a day:</p>\n<p><code>${token}</code></p>\n<p>If it was not you, do nothing: without the code, no mails about orders come here.</p>\n`,
});

/**
 * Verifies the address that the user has now by the code that was mailed to it. A user who has unsubscribed gets order mails again, unless the code
 * is older than that. An address that the user changes at the same time is not verified: what counts is the hash of the address of the code.
 *
 * @throws NotFoundError; InvalidVerificationError.
 */
export async function confirmEmail(
  deps: VerifyAddressDeps,
  { userId, token }: { readonly userId: UserId; readonly token: string },
): Promise<EmailVerificationView> {
  const { dynamoDb, tableName, mailboxTableName, tokens, clock } = deps;
  const email = await readAddress(deps, userId);
  if (email === undefined) throw new NotFoundError('user');
  const hash = addressHash(email);
  const issuedAt = await tokens.openVerification(userId, hash, token);
  if (issuedAt === undefined) throw new InvalidVerificationError();
  const now = clock.now();
  const verifiedAt = instantOf(now);
  const isNewer = 'attribute_not_exists(unsubscribedAt) OR unsubscribedAt <= :issuedAt';
  // The verified address may be one of later, or be deleted with its user.
  const checkEnded: TransactWriteItem = {
    ConditionCheck: {
      TableName: mailboxTableName,
      Key: marshall(endedMailsKey(userId, hash)),
      ConditionExpression: isNewer,
      ExpressionAttributeValues: marshall({ ':issuedAt': issuedAt }),
    },
  };
  const update: TransactWriteItem = {
    Update: {
      TableName: mailboxTableName,
      Key: marshall(verifiedAddressKey(userId)),
      UpdateExpression:
        'SET addressHash = :hash, verifiedAt = :verifiedAt, #ttl = :ttl REMOVE unsubscribedAt',
      ConditionExpression: isNewer,
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: marshall({
        ':ttl': verifiedAddressTtl(now),
        ':hash': hash,
        ':verifiedAt': verifiedAt,
        ':issuedAt': issuedAt,
      }),
    },
  };
  try {
    // A user who is deleted meanwhile would leave a verified address behind.
    await retryOnConflict(() => commit(dynamoDb, [update, checkEnded, checkUser(tableName, userId, now)]));
  } catch (error) {
    if (!(error instanceof ConditionsFailedError)) throw error;
    const isOlder = error.failedActions.has(0) || error.failedActions.has(1);
    throw isOlder ? new InvalidVerificationError() : new NotFoundError('user');
  }
  return { userId, state: 'verified', verifiedAt };
}
