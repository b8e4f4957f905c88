import * as z from 'zod';

/** What the system's process says when it is ready. */
export const Ready = z.object({
  kind: z.literal('ready'),
  apiUrl: z.url(),
  consoleUrl: z.url(),
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

/** Its response to a request to drain: its memory once all work has ended, in bytes. */
export const Drained = z.object({
  kind: z.literal('drained'),
  residentBytes: z.number(),
  /**
   * The heap of each thread after a collection of garbage, and apart from it the compiled code: the main one, and those that functions run in. They come into being when
   * as many invocations overlap, and stay.
   */
  heaps: z.array(z.object({ thread: z.string(), bytes: z.number(), codeBytes: z.number() })),
});
export type Drained = z.infer<typeof Drained>;

/** What it is asked. */
export const Question = z.enum(['drain', 'stop']);
