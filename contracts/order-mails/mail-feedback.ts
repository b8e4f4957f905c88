import * as z from 'zod';

const recipients = z.array(z.object({ emailAddress: z.string().min(1).max(1_000) })).min(1);

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
      bouncedRecipients: recipients,
    }),
  }),
  z.object({ eventType: z.literal('Complaint'), complaint: z.object({ complainedRecipients: recipients }) }),
]);
export type MailFeedback = z.infer<typeof MailFeedback>;
