import * as z from 'zod';
import { UserId } from '../../contracts/ids.ts';
import type { AddressHash } from '../../contracts/order-mails/mailbox-items.ts';
import { SealedTokens, type SealedTokensDeps } from '../signing/sealed-tokens.ts';

/** How long the code of a verification mail is valid. */
export const VERIFICATION_LIFE_SECONDS = 86_400;
/** How long the link of a mail unsubscribes: longer than the 30 days that senders must honour it for. */
const UNSUBSCRIBE_LIFE_SECONDS = 90 * 86_400;

const Nothing = z.object({});
const Unsubscriber = z.object({ userId: UserId });

/** Seals and opens the codes and links of mails. */
export class MailTokens {
  readonly #tokens: SealedTokens;

  constructor(deps: SealedTokensDeps) {
    this.#tokens = new SealedTokens(deps);
  }

  /** The code that proves that a user reads the mails to an address. It says neither. */
  sealVerification(userId: UserId, address: AddressHash): Promise<string> {
    return this.#tokens.seal(['verify-email', userId, address], {}, VERIFICATION_LIFE_SECONDS);
  }

  /** Whether a code is one for this user and this address, and is not expired. */
  async isVerification(userId: UserId, address: AddressHash, token: string): Promise<boolean> {
    return (await this.#tokens.open(['verify-email', userId, address], token, Nothing)) !== undefined;
  }

  /** The token by which the order mails of a user end. The bearer of the mail may use it. */
  sealUnsubscribe(userId: UserId): Promise<string> {
    return this.#tokens.seal(['unsubscribe'], { userId }, UNSUBSCRIBE_LIFE_SECONDS);
  }

  /** The user of such a token; `undefined` for one that is forged, of another purpose or expired. */
  async openUnsubscribe(token: string): Promise<UserId | undefined> {
    return (await this.#tokens.open(['unsubscribe'], token, Unsubscriber))?.userId;
  }
}
