import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';

/** The methods that this file uses of the class that keeps fauxqs's data on disk. */
interface Persistence {
  readonly db: { prepare(sql: string): { run(...values: readonly string[]): unknown } };
  updateMessageReady(messageId: string): void;
}

const isFunction = (value: unknown): boolean => typeof value === 'function';
const PersistenceModule = z.object({
  PersistenceManager: z
    .custom<{ readonly prototype: Persistence }>(isFunction)
    .refine(
      ({ prototype }) => isFunction(prototype.updateMessageReady),
      'does not keep messages as fauxqs 2.4 does',
    ),
});

const RETURN_TO_QUEUE =
  'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?';

/**
 * Lets a visibility timeout of 0 return a message to its queue. If fauxqs 2.4 keeps its data on disk, it also sets the message's receive
 * count to NULL. Its own table refuses this: the call fails, and the message is lost.
 *
 * @throws InvalidValueError if this version of fauxqs keeps its messages in another way.
 */
export async function keepReturnedMessages(): Promise<void> {
  const file = new URL('persistence.js', import.meta.resolve('fauxqs'));
  const { PersistenceManager } = parse(PersistenceModule, await import(file.href));
  Object.assign(PersistenceManager.prototype, {
    updateMessageReady(this: Persistence, messageId: string): void {
      this.db.prepare(RETURN_TO_QUEUE).run(messageId);
    },
  });
}
