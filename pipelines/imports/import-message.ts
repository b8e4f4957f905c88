import * as z from 'zod';
import { read, readJson, valueIssues } from '../../contracts/reading.ts';
import { ObjectCreatedRecord, ObjectNotificationTest } from '../../contracts/s3/object-notification.ts';
import { ContractViolationError } from '../core/errors.ts';

const Message = z.union([ObjectNotificationTest, z.object({ Records: z.array(z.unknown()).min(1) })]);

/** What a message of S3 names. */
export interface ImportMessage {
  /** The objects that were made; none in the message that only tries the queue. */
  readonly records: readonly ObjectCreatedRecord[];
  /** One for each record that is not S3's: it does not keep the others from being imported. */
  readonly violations: readonly ContractViolationError[];
}

/**
 * Reads a message of S3.
 *
 * @throws ContractViolationError for a message that is not S3's.
 */
export function readImportMessage(body: string): ImportMessage {
  const message = readJson(Message, body);
  if (!message.success)
    throw new ContractViolationError('The message names no object', valueIssues(message.error));
  const readings =
    'Records' in message.data ? message.data.Records.map((record) => read(ObjectCreatedRecord, record)) : [];
  return {
    records: readings.flatMap(({ data }) => data ?? []),
    violations: readings.flatMap(({ error }, index) =>
      error === undefined
        ? []
        : new ContractViolationError('A record names no object', valueIssues(error, `Records.${index}`)),
    ),
  };
}
