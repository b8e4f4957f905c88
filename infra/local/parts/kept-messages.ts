import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';

/** What this file uses of the class that keeps fauxqs's data on disk. */
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

const GIVE_BACK =
  'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?';

/**
 * Lets a message be given back by a visibility time-out of 0. Where fauxqs 2.4 keeps its data on disk, it also sets the
 * message's receive count to NULL there, which its own table refuses: the call fails, and the message is on no queue any more.
 *
 * @throws InvalidValueError when this fauxqs keeps its messages in another way.
 */
export async function keepMessagesGivenBack(): Promise<void> {
  const file = new URL('persistence.js', import.meta.resolve('fauxqs'));
  const { PersistenceManager } = parse(PersistenceModule, await import(file.href));
  Object.assign(PersistenceManager.prototype, {
    updateMessageReady(this: Persistence, messageId: string): void {
      this.db.prepare(GIVE_BACK).run(messageId);
    },
  });
}
