import { type Clock, systemClock } from '../../pipelines/clock.ts';
import { MailTokens } from '../../pipelines/order-mails/mail-tokens.ts';
import { PageTokens } from '../../pipelines/paging/page-tokens.ts';
import { SIGNING_KEY_BYTES_MIN, SigningKey } from '../../pipelines/signing/sealed-tokens.ts';

const KEY = SigningKey.parse('k'.repeat(SIGNING_KEY_BYTES_MIN));

/** Page tokens under a key that tests share. */
export const pageTokens = (clock: Pick<Clock, 'now'> = systemClock): PageTokens =>
  new PageTokens({ keys: async () => [KEY], clock });

/** Tokens of mails under a key that tests share. */
export const mailTokens = (clock: Pick<Clock, 'now'> = systemClock): MailTokens =>
  new MailTokens({ keys: async () => [KEY], clock });
