import * as z from 'zod';

/** What the system's process says when it is ready. */
export const Ready = z.object({
  kind: z.literal('ready'),
  apiUrl: z.url(),
  /** For the shop's staff. */
  token: z.string(),
  endpoints: z.object({
    dynamoDb: z.url(),
    messaging: z.url(),
    openSearch: z.url(),
    mail: z.url(),
  }),
  names: z.record(z.string(), z.string()),
  mailsPath: z.string(),
});
export type Ready = z.infer<typeof Ready>;

/** What it answers when it was asked to drain: how much memory it holds once nothing is under way. */
export const Drained = z.object({ kind: z.literal('drained'), rssBytes: z.number() });

/** What it is asked. */
export const Question = z.enum(['drain', 'stop']);
