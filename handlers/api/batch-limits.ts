import { Deadline } from '../../pipelines/aws/deadline.ts';

/** The largest body of a batch, in bytes: 1,000 entries of 1 KiB, well below the 6 MB of a Lambda event. */
export const BATCH_BODY_BYTES_MAX = 1024 * 1024;

/** How long a batch is worked on, in milliseconds: the functions have 29 s, and the answer must get out. */
const BATCH_MS_MAX = 25_000;

/** Bounds the time of one batch. What is not done by then is told as left, so that the caller always gets an answer. */
export const batchGuard = (): Deadline => new Deadline(BATCH_MS_MAX);
