import * as z from 'zod';
import { read, valueIssues } from '../../contracts/reading.ts';
import {
  ObjectCreatedNotification,
  type ObjectCreatedRecord,
  ObjectNotificationTest,
} from '../../contracts/s3/object-notification.ts';
import { ContractViolationError } from '../core/errors.ts';

const Message = z.preprocess(
  (body, context): unknown => {
    try {
      return JSON.parse(String(body));
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  },
  z.union([ObjectNotificationTest, ObjectCreatedNotification]),
);

/**
 * Reads what S3's message tells of: the objects that were made, none in the one that only tries the queue.
 *
 * @throws ContractViolationError for a message that is not S3's.
 */
export function readImportMessage(body: string): readonly ObjectCreatedRecord[] {
  const message = read(Message, body);
  if (!message.success)
    throw new ContractViolationError('The message tells of no object', valueIssues(message.error));
  return 'Records' in message.data ? message.data.Records : [];
}
