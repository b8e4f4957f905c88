/**
 * The end of a stream consumer's invocation that is kept back to bury poison records and to report, in milliseconds: longer
 * than a request to the dead-letter queue may take with its retries.
 */
export const RESERVE_MS = 20_000;
