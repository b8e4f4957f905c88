import type { Clock } from '../pipelines/clock.ts';
import { MailTokens } from '../pipelines/order-mails/mail-tokens.ts';
import { environment } from './environment.ts';
import { givenOrSecretKeys } from './token-keys.ts';

/**
 * The tokens of mails; made once in a function's process. Their keys come from the secret that MAIL_TOKEN_SECRET_ARN names, or are the one
 * of MAIL_TOKEN_KEY.
 *
 * @throws EnvironmentError when neither variable is set; InvalidValueError when MAIL_TOKEN_KEY is shorter than a key must be.
 */
export function mailTokens(clock: Clock): MailTokens {
  const { MAIL_TOKEN_KEY: given } = environment('MAIL_TOKEN_KEY');
  const secretArn = () => environment('MAIL_TOKEN_SECRET_ARN').MAIL_TOKEN_SECRET_ARN;
  return new MailTokens({ keys: givenOrSecretKeys(given, secretArn), clock });
}
