import * as z from 'zod';
import { Instant, UserId } from '../../contracts/ids.ts';
import { AddressHash } from '../../contracts/order-mails/mailbox-items.ts';
import { SealedTokens, type SealedTokensDeps } from '../signing/sealed-tokens.ts';

/** How long the code of a verification mail is valid. */
export const VERIFICATION_LIFE_SECONDS = 86_400;
/** How long the link of a mail unsubscribes: longer than the 30 days that senders must honour it for. */
const UNSUBSCRIBE_LIFE_SECONDS = 90 * 86_400;

const Verification = z.object({ issuedAt: Instant });

const Unsubscription = z.object({ userId: UserId, addressHash: AddressHash });
/** Whose order mails end by a link, and at which address: a later address of the user is not the bearer's to silence. */
export type Unsubscription = z.infer<typeof Unsubscription>;

/** Seals and opens the codes and links of mails. */
export class MailTokens {
  readonly #tokens: SealedTokens;

  constructor(deps: SealedTokensDeps) {
    this.#tokens = new SealedTokens(deps);
  }

  /** The code that proves that a user reads the mails to an address. It says neither, and when it was issued. */
  sealVerification(userId: UserId, address: AddressHash, issuedAt: Instant): Promise<string> {
    return this.#tokens.seal(['verify-email', userId, address], { issuedAt }, VERIFICATION_LIFE_SECONDS);
  }

  /** When a code was issued; `undefined` for one that is not for this user and this address, or is expired. */
  async openVerification(userId: UserId, address: AddressHash, token: string): Promise<Instant | undefined> {
    return (await this.#tokens.open(['verify-email', userId, address], token, Verification))?.issuedAt;
  }

  /** The token by which the order mails of a user to an address end. The bearer of the mail may use it. */
  sealUnsubscribe(unsubscription: Unsubscription): Promise<string> {
    return this.#tokens.seal(['unsubscribe'], unsubscription, UNSUBSCRIBE_LIFE_SECONDS);
  }

  /** What such a token ends; `undefined` for one that is forged, of another purpose or expired. */
  openUnsubscribe(token: string): Promise<Unsubscription | undefined> {
    return this.#tokens.open(['unsubscribe'], token, Unsubscription);
  }
}
