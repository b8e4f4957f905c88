import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import type { KeptMail } from '../mail/mail-folder.ts';
import { JsonText } from '../template/json-text.ts';

const Envelope = JsonText.pipe(z.looseObject({ MessageId: z.string(), Message: z.string() }));

/** Writes a notification as a mail, as SNS does. See https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html. */
export async function deliverAsMail(
  folder: { keep(name: string, mail: KeptMail): Promise<void> },
  address: string,
  { body }: Pick<SQSRecord, 'body'>,
): Promise<void> {
  const { MessageId, Message } = parse(Envelope, body);
  await folder.keep(`sns-${MessageId}`, {
    messageId: `${MessageId}@sns.amazonaws.com`,
    from: 'no-reply@sns.amazonaws.com',
    to: [address],
    subject: 'AWS Notification Message',
    text: Message,
  });
}
