import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { asSinkError, awsErrorKind } from '../aws/aws-errors.ts';
import { type RetryPolicy, withRetry } from '../aws/retry.ts';
import { TransientError } from '../errors.ts';
import type { MailText } from './order-mail.ts';

/** The header with the event id of a mail. */
export const EVENT_ID_HEADER = 'X-Order-Event-Id';

const THROTTLE_RETRY: RetryPolicy = { attemptsMax: 5, delayMsBase: 250, delayMsMax: 2_000, budgetMs: 8_000 };
const CHARSET = 'UTF-8';

/** The sender of the mails. */
export interface MailSender {
  readonly from: string;
  /** SES's configuration set, by which SES reports bounces and complaints. */
  readonly configurationSet: string;
}

/** A mail to one address. */
export interface Mail extends MailText, MailSender {
  readonly to: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Sends a mail through SES. SES has no idempotency token, so only a request that it has certainly refused, as throttled, is
 * retried here; the client must not retry on its own either. See https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html.
 *
 * @returns SES's own id of the mail.
 * @throws SinkRefusedError for a mail that SES refuses as invalid; the SDK's own error for other failures, after which the mail
 * may be sent all the same.
 */
export async function sendMail(ses: SESv2Client, mail: Mail): Promise<string> {
  const part = (Data: string) => ({ Data, Charset: CHARSET });
  const command = new SendEmailCommand({
    FromEmailAddress: mail.from,
    ConfigurationSetName: mail.configurationSet,
    Destination: { ToAddresses: [mail.to] },
    Content: {
      Simple: {
        Subject: part(mail.subject),
        Body: { Text: part(mail.text), Html: part(mail.html) },
        Headers: Object.entries(mail.headers).map(([Name, Value]) => ({ Name, Value })),
      },
    },
  });
  const isRetryable = (error: unknown): boolean => awsErrorKind(error) === 'throttled';
  try {
    const { MessageId } = await withRetry(() => ses.send(command), { policy: THROTTLE_RETRY, isRetryable });
    if (MessageId === undefined) throw new TransientError('SES returned no id for the mail');
    return MessageId;
  } catch (error) {
    throw asSinkError(error, 'SES');
  }
}
