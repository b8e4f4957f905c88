import * as z from 'zod';

/**
 * The one address that the mail went to. The recipients in a report are not read: those of a bounce are what the receiving host wrote into its
 * DSN, such as the address that the mail was forwarded to, or any other.
 */
const mail = z.object({ destination: z.tuple([z.string().min(1).max(1_000)]) });

/**
 * What SES publishes to a topic when the topic becomes an event destination: a text, no JSON. AWS documents it nowhere.
 * See https://github.com/ope-tech/laravel-ses/issues/10, which quotes one.
 */
export const DESTINATION_VALIDATED = 'Successfully validated SNS topic for Amazon SES event publishing.';

/**
 * What SES reports of a mail that was sent: that it bounced, or that its recipient complained.
 * See https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html.
 */
export const MailFeedback = z.discriminatedUnion('eventType', [
  z.object({
    eventType: z.literal('Bounce'),
    bounce: z.object({
      /** `Permanent` for good; `Transient` and `Undetermined` may pass. */
      bounceType: z.enum(['Permanent', 'Transient', 'Undetermined']),
    }),
    mail,
  }),
  z.object({
    eventType: z.literal('Complaint'),
    complaint: z.object({
      /** Absent in a complaint without a feedback report. `not-spam` says that the mail is no spam. */
      complaintFeedbackType: z.string().nullish(),
    }),
    mail,
  }),
]);
export type MailFeedback = z.infer<typeof MailFeedback>;
