import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyReply } from 'fastify';
import * as z from 'zod';
import type { MailFeedback } from '../../../contracts/order-mails/mail-feedback.ts';
import { read } from '../../../contracts/reading.ts';
import { LOCAL_HOST } from '../machine/free-port.ts';
import type { MailFolder } from './mail-folder.ts';

/** The header that names the file of a mail. Without it, the file has the id of the mail. */
const NAME_HEADER = 'x-order-event-id';
const RECIPIENTS_MAX = 50;
const BODY_BYTES_MAX = 1024 * 1024;
const HTTP_BAD_REQUEST = 400;

const Content = z.object({ Data: z.string(), Charset: z.literal('UTF-8').optional() });
/** The pattern excludes line breaks, which could begin another header. */
const Header = z.object({
  Name: z.string().regex(/^[\x21-\x39\x3b-\x7e]{1,126}$/),
  Value: z.string().regex(/^[\x20-\x7e]{1,870}$/),
});
const SendEmail = z.strictObject({
  FromEmailAddress: z.email(),
  ConfigurationSetName: z.string().min(1).optional(),
  Destination: z.strictObject({ ToAddresses: z.array(z.email()).min(1).max(RECIPIENTS_MAX) }),
  Content: z.strictObject({
    Simple: z.strictObject({
      Subject: Content,
      Body: z
        .strictObject({ Text: Content.optional(), Html: Content.optional() })
        .refine(({ Text, Html }) => Text !== undefined || Html !== undefined, 'has neither text nor HTML'),
      Headers: z.array(Header).max(15).default([]),
    }),
  }),
});

/**
 * What SES's mailbox simulator reports of a mail to an address.
 * See https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html.
 */
function simulated(emailAddress: string): MailFeedback | undefined {
  const mail: MailFeedback['mail'] = { destination: [emailAddress] };
  if (emailAddress === 'bounce@simulator.amazonses.com')
    return { eventType: 'Bounce', bounce: { bounceType: 'Permanent' }, mail };
  if (emailAddress === 'complaint@simulator.amazonses.com')
    return { eventType: 'Complaint', complaint: { complaintFeedbackType: 'abuse' }, mail };
  return undefined;
}

/** A running mail server. */
export interface MailServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Accepts SES's SendEmail for simple mails on 127.0.0.1, and writes each mail into the folder. It reports what becomes of a mail with a
 * configuration set that goes to an address of SES's simulator.
 * See https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html.
 */
export async function startMailServer(
  folder: MailFolder,
  report: (feedback: MailFeedback) => Promise<void> = async () => undefined,
): Promise<MailServer> {
  const app = Fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
  app.post('/v2/email/outbound-emails', async ({ body }, reply) => {
    const request = read(SendEmail, body);
    if (!request.success) return refuse(reply, z.prettifyError(request.error));
    const { FromEmailAddress, ConfigurationSetName, Destination, Content: content } = request.data;
    const { Subject, Body, Headers } = content.Simple;
    const id = randomUUID();
    const name = Headers.find(({ Name }) => Name.toLowerCase() === NAME_HEADER)?.Value ?? id;
    await folder.keep(name, {
      messageId: `${id}@${LOCAL_HOST}`,
      from: FromEmailAddress,
      to: Destination.ToAddresses,
      subject: Subject.Data,
      text: Body.Text?.Data,
      html: Body.Html?.Data,
      headers: Object.fromEntries(Headers.map(({ Name, Value }) => [Name, Value])),
    });
    for (const emailAddress of ConfigurationSetName === undefined ? [] : Destination.ToAddresses) {
      const feedback = simulated(emailAddress);
      if (feedback !== undefined) await report(feedback);
    }
    return { MessageId: id };
  });
  const url = await app.listen({ host: LOCAL_HOST, port: 0 });
  return { url, stop: () => app.close() };
}

const refuse = (reply: FastifyReply, message: string): FastifyReply =>
  reply.code(HTTP_BAD_REQUEST).header('x-amzn-errortype', 'BadRequestException').send({ message });
