/**
 * The end of a stream consumer's invocation that is kept back to bury poison records and to report, in milliseconds: as long
 * as one record takes at worst, whose request to the bucket and to the queue are each retried to the end.
 */
export const RESERVE_MS = 20_000;
