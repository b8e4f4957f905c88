import { marshall } from '@aws-sdk/util-dynamodb';
import { UserItem, userKey } from '../../contracts/entities/user.ts';
import { read } from '../../contracts/reading.ts';
import { ConditionsFailedError, commit, deleteItem } from '../dynamodb/commit.ts';
import { OptimisticLockError, retryOnConflict } from '../dynamodb/optimistic-lock.ts';
import { batchGet } from '../dynamodb/read-items.ts';
import { type CopiesDeps, type ErasureRun, eraseEndedDeadLetters, eraseRequests } from './erase-copies.ts';
import {
  type DeadLettersRun,
  type EraseDeadLettersDeps,
  eraseDeadLetters,
  type UserDeadLetters,
} from './erase-dead-letters.ts';
import { eraseMailboxes, type MailboxesDeps } from './erase-mailboxes.ts';
import { type EraseOrdersDeps, eraseOrders, readUserOrders, type UserOrders } from './erase-orders.ts';

/** Everything that holds data of users. */
export type ForgetUserDeps = EraseOrdersDeps & CopiesDeps & MailboxesDeps & EraseDeadLettersDeps;

/** What was erased of a user, or would be: counts alone. */
export interface Forgotten {
  /** Whether nothing was erased: orders are not final, or changes are not processed, or may not be. */
  readonly isRefused: boolean;
  /** 1, or 0 where there is none any more. */
  readonly users: number;
  readonly orders: number;
  readonly mailboxItems: number;
  /** The mailbox tables that hold nothing of the user. */
  readonly emptyMailboxTables: readonly string[];
  readonly responses: number;
  /** What counts against the limits of the user. */
  readonly limits: number;
  readonly deadLetters: number;
  readonly endedDeadLetters: number;
  /** What remains for a person, each with a reason to run the erasure again. */
  readonly remaining: {
    /** Orders with an address that are not final, or may not be where they violate their contract. Nothing at all is erased while there are some. */
    readonly openOrders: number;
    /** Orders that violate their contract. */
    readonly malformedOrders: number;
    /** Dead letters of order-events with records of the user. Nothing at all is erased where there are some at its begin. */
    readonly unprocessedChanges: number;
    /** Dead letters that hold records of others too. */
    readonly sharedDeadLetters: number;
    /** Dead letters that could not be read, and may hold records of the user. */
    readonly unreadDeadLetters: number;
    /** Messages that another reader has hidden: they are on a queue again within minutes. */
    readonly hiddenMessages: number;
    /** Whether more messages are on the queues than were read. */
    readonly isCutShort: boolean;
  };
}

/** How a user is forgotten. */
export interface ForgetOptions extends DeadLettersRun {
  /** Erases the addresses of orders that are not final too, so that their goods cannot be delivered. */
  readonly openOrders: boolean;
}

/** Orders that are placed while their user is forgotten are found by another pass. */
const PASSES_MAX = 3;

/**
 * Erases the personal data of a user. The user is deleted; names and addresses in their orders are replaced, and the rest of the orders stays. Copies in
 * mailbox, remembered responses and dead letters are erased too. The indices follow by the stream.
 *
 * It may be interrupted and repeated at any time: each step finds what is left. The user goes first, so that nothing new comes of them.
 *
 * @throws NotMailboxError before anything is erased; OptimisticLockError when other writers changed an item each time; the SDK's own errors.
 */
export async function forgetUser(deps: ForgetUserDeps, options: ForgetOptions): Promise<Forgotten> {
  const { userId, signal } = options;
  // Before anything is erased: a table that is no mailbox is refused.
  const inMailboxes = await eraseMailboxes(deps, { ...options, dryRun: true });
  // And the replay of a change needs the order as it was.
  const found = await eraseDeadLetters(deps, { ...options, dryRun: true });
  // After the queues, which may take minutes.
  const orders = await readUserOrders(deps, userId, signal);
  const openOrders = options.openOrders ? 0 : orders.open;
  const unprocessedIn = ({ unprocessed }: UserDeadLetters): number => (options.unprocessed ? 0 : unprocessed);
  const isUnsure = !options.unprocessed && (found.isCutShort || found.hidden + found.unreadChanges > 0);
  const isRefused = isUnsure || openOrders + unprocessedIn(found) > 0;
  // A refused run only counts.
  const run = { ...options, dryRun: options.dryRun || isRefused };
  const users = await eraseUser(deps, run);
  const last = run.dryRun ? orders : await eraseAllOrders(deps, orders, run);
  const mailboxes = [...(run.dryRun ? inMailboxes : await eraseMailboxes(deps, run))];
  const requests = await eraseRequests(deps, { ...run, hasOpenOrders: last.mayBeOpen });
  const onQueues = run.dryRun || found.own.length === 0 ? found : await eraseDeadLetters(deps, run);
  const keys = [userKey(userId), ...orders.keys];
  const endedDeadLetters = await eraseEndedDeadLetters(deps, keys, onQueues.own, run);
  return {
    ...{ isRefused, users, orders: orders.named.length, ...requests, endedDeadLetters },
    mailboxItems: mailboxes.reduce((sum, [, items]) => sum + items, 0),
    emptyMailboxTables: mailboxes.flatMap(([table, items]) => (items === 0 ? [table] : [])),
    deadLetters: onQueues.own.length,
    remaining: {
      ...{ openOrders, unprocessedChanges: unprocessedIn(onQueues), malformedOrders: orders.malformed },
      sharedDeadLetters: onQueues.shared,
      unreadDeadLetters: onQueues.unread,
      hiddenMessages: found.hidden,
      isCutShort: onQueues.isCutShort,
    },
  };
}

async function eraseAllOrders(
  deps: EraseOrdersDeps,
  first: UserOrders,
  { userId, signal }: ErasureRun,
): Promise<UserOrders> {
  let last = first;
  for (let pass = 0; pass < PASSES_MAX && last.named.length > 0; pass += 1) {
    await eraseOrders(deps, last.named, signal);
    last = await readUserOrders(deps, userId, signal);
  }
  return last;
}

/** Deletes the user's item, also a malformed or an expired one. */
async function eraseUser(
  { dynamoDb, tableName }: EraseOrdersDeps,
  { userId, dryRun }: ErasureRun,
): Promise<number> {
  return retryOnConflict(async () => {
    const key = userKey(userId);
    const [item] = await batchGet(dynamoDb, tableName, [key]);
    if (item === undefined || dryRun) return item === undefined ? 0 : 1;
    const user = read(UserItem, item).data;
    const deletion =
      user === undefined
        ? { Delete: { TableName: tableName, Key: marshall(key) } }
        : deleteItem(tableName, user);
    try {
      await commit(dynamoDb, [deletion]);
    } catch (error) {
      if (!(error instanceof ConditionsFailedError)) throw error;
      throw new OptimisticLockError('The user changed while they were deleted', { cause: error });
    }
    return 1;
  });
}
