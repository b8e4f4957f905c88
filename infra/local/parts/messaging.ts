import { fileURLToPath } from 'node:url';
import type { LocalPart, LocalPartOptions } from '../machine/local-part.ts';
import { LOCAL_REGION } from '../machine/region.ts';
import type { BucketNotification } from '../object-notifications/bucket-notifications.ts';
import { startPartProcess } from './part-process.ts';

const PROGRAM = fileURLToPath(new URL('messaging-process.ts', import.meta.url));

/** The options of this part. */
export interface MessagingOptions extends LocalPartOptions {
  /** Which queues are notified of new objects. They must exist when an object arrives. */
  readonly notifications?: readonly BucketNotification[];
}

/**
 * Starts SNS, SQS and S3 on one endpoint, in memory or in `dataDir`.
 *
 * @throws LocalPartError if the port is in use or the process does not start.
 */
export function startMessaging(options: MessagingOptions = {}): Promise<LocalPart> {
  const storage = options.dataDir === undefined ? [] : [options.dataDir];
  return startPartProcess({
    ...options,
    name: 'SNS, SQS and S3',
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      // The default lets 48 MB of garbage collect.
      '--max-semi-space-size=4',
      PROGRAM,
      String(options.port ?? 0),
      LOCAL_REGION,
      JSON.stringify(options.notifications ?? []),
      ...storage,
    ],
  });
}
