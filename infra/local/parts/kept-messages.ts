import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fauxqsPrototype } from '../machine/fauxqs-class.ts';
import { STACK_NAME, STACK_UUID } from '../template/local-names.ts';

/** The methods that this file uses of the class that keeps fauxqs's data on disk. */
interface Persistence {
  readonly db: { prepare(sql: string): { run(...values: readonly string[]): unknown } };
  updateMessageReady(messageId: string): void;
  /** Runs a synchronous function in one transaction of the database. */
  transaction(write: () => void): void;
}

/** The members that this file uses of fauxqs's class for a queue. */
interface Queue {
  /** Where messages are kept on disk. */
  readonly persistence?: Persistence | undefined;
  dequeue(...args: readonly unknown[]): readonly unknown[];
}

const RETURN_TO_QUEUE =
  'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?';

/**
 * Lets a visibility timeout of 0 return a message to its queue. If fauxqs 2.4 keeps its data on disk, it also sets the message's receive
 * count to NULL. Its own table refuses this: the call fails, and the message is lost.
 *
 * @throws InvalidValueError if this version of fauxqs keeps its messages in another way.
 */
export async function keepReturnedMessages(): Promise<void> {
  const persistence = await fauxqsPrototype<Persistence>('persistence.js', 'PersistenceManager', [
    'updateMessageReady',
  ]);
  Object.assign(persistence, {
    updateMessageReady(this: Persistence, messageId: string): void {
      this.db.prepare(RETURN_TO_QUEUE).run(messageId);
    },
  });
}

/**
 * Moves a message to its dead-letter queue in one transaction. fauxqs deletes it in one, and inserts it in another: a kill of the process
 * between them loses it.
 *
 * @throws InvalidValueError if this version of fauxqs receives messages in another way.
 */
export async function moveMessagesAtOnce(): Promise<void> {
  await fauxqsPrototype<Persistence>('persistence.js', 'PersistenceManager', ['transaction']);
  const queues = await fauxqsPrototype<Queue>('sqs/sqsStore.js', 'SqsQueue', ['dequeue']);
  const { dequeue } = queues;
  Object.assign(queues, {
    dequeue(this: Queue, ...args: readonly unknown[]): readonly unknown[] {
      let received: readonly unknown[] = [];
      const receive = (): void => {
        received = Reflect.apply(dequeue, this, args);
      };
      if (this.persistence === undefined) receive();
      else this.persistence.transaction(receive);
      return received;
    },
  });
}

/** The queues that the template once named after the stack. Their name now ends with the stack's id. */
const RENAMED_QUEUES = ['imports', 'notifications', 'order-mails'].map((purpose) => ({
  earlier: `${STACK_NAME}-${purpose}`,
  now: `${purpose.startsWith('order-') ? purpose : `order-${purpose}`}-${STACK_UUID}`,
}));

const RENAMES = [
  'UPDATE OR IGNORE sqs_queues SET name = :now, arn = replace(arn, :earlier, :now), url = replace(url, :earlier, :now) WHERE name = :earlier',
  'UPDATE sqs_messages SET queue_name = :now WHERE queue_name = :earlier',
  'DELETE FROM sqs_queues WHERE name = :earlier',
  "UPDATE sns_subscriptions SET endpoint = replace(endpoint, :earlier, :now) WHERE endpoint LIKE '%:' || :earlier",
];

/**
 * Moves the messages and subscriptions in a data folder from the earlier name of a queue to its present one. A message in flight stays
 * so until its visibility timeout. Call it before fauxqs reads the folder.
 */
export function renameKeptQueues(dataDir: string): void {
  const file = join(dataDir, 'fauxqs.db');
  if (!existsSync(file)) return;
  // A message refers to its queue by the name, which changes first.
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  try {
    db.exec('BEGIN');
    for (const { earlier, now } of RENAMED_QUEUES)
      for (const sql of RENAMES) db.prepare(sql).run(sql.includes(':now') ? { earlier, now } : { earlier });
    db.exec('COMMIT');
  } finally {
    db.close();
  }
}
