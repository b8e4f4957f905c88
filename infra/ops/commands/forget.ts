import type { Command } from 'commander';
import * as z from 'zod';
import { UserId } from '../../../contracts/ids.ts';
import { allQueues } from '../../../pipelines/dead-letters/actions/selected-queues.ts';
import { type Forgotten, forgetUser } from '../../../pipelines/erasure/forget-user.ts';
import type { ActionEnd } from '../../../pipelines/operations/activity.ts';
import { pseudonymOf } from '../../../pipelines/users/pseudonym.ts';
import { named, readAs } from '../command-line/arguments.ts';
import { action, type CommandContext } from '../command-line/command.ts';
import { EXIT, type ExitCode } from '../command-line/exit-codes.ts';
import type { Output } from '../command-line/output.ts';
import { recorded } from '../command-line/recorded.ts';
import { deadLetterDeps } from './dlq/selection.ts';

const ForgetArguments = z.object({
  args: z.tuple([UserId]),
  dryRun: z.boolean(),
  openOrders: z.boolean(),
  unprocessed: z.boolean(),
  mailboxTable: z.string().optional(),
});
type ForgetArguments = z.infer<typeof ForgetArguments>;

/** `forget`: erases the personal data of a user. */
export function addForget(program: Command): void {
  program
    .command('forget')
    .description(
      'Erase the personal data of a user: delete the user, and replace the names and addresses in their orders. It may be repeated.',
    )
    .argument('<user>', "the user's id", userId)
    .option('--dry-run', 'count what it would erase, and change nothing', false)
    .option(
      '--open-orders',
      'also while orders are not final: their goods cannot be delivered any more',
      false,
    )
    .option(
      '--unprocessed',
      'also while changes are dead letters of order-events: purge them, and lose their events and effects',
      false,
    )
    .option(
      '--mailbox-table <name>',
      'also in the mailbox table that the stack kept when order mails were switched off',
      named,
    )
    .action(action(ForgetArguments, forget, ['table', 'operations-table', 'dead-letter-queues']));
}

/** A user's id. @throws InvalidArgumentError */
const userId = readAs(UserId, "It must be a user's id: 1 to 64 characters of A-Z a-z 0-9 . _ -.");

const HEADS = [
  ...['users', 'orders', 'mailbox items', 'responses', 'limits'],
  ...['dead letters', 'ended dead letters'],
];
/** What no command erases, and until when it is there. */
const KEPT = [
  'the stream: the old images of this erasure, for 24 hours; both dead-letter buckets: batches that Lambda gave up, for 30 days',
  'backups of the tables (point-in-time recovery): 35 days; snapshots of a search domain of AWS: 14 days',
  'the import bucket: objects, reports and rejected rows, for 30 days from their upload. Delete those that name the user',
  'logs: LogRetentionDays; they hold no names and no addresses',
  "the user's id: in orders until OrderRetentionDays, in reservations, and in messages on queues for 14 days",
  "the user's accounts and ledger entries, the list of the accounts' ids, and who asked for a transfer, also in the other account's ledger: for ever, since money must add up",
  'the list of open orders, while there are some: 400 days from the last',
  'what subscribers have received, and mails that were sent',
];
/** Also kept, where none was named: the stack does not know it any more. */
const KEPT_MAILBOX =
  'the mailbox table of order mails that were switched off, if there is one: for ever. Name it by --mailbox-table';

/** Ctrl-C ends it after the requests in progress; repeat it then. */
export async function forget(
  { target, out, signal }: CommandContext,
  { args: [user], dryRun, mailboxTable, ...also }: ForgetArguments,
): Promise<ExitCode> {
  const deps = deadLetterDeps(target);
  const mailboxes = [target.resources.mailboxTableName, mailboxTable].filter((name) => name !== undefined);
  const mailboxTableNames = [...new Set(mailboxes)];
  const run = (): Promise<Forgotten> =>
    forgetUser(
      { ...target.resources, ...deps, mailboxTableNames, queues: allQueues(deps), actor: target.actor },
      { userId: user, dryRun, ...also, signal },
    );
  // The log says who did it and when. Whom, it says to those who know the id.
  const asked = { action: 'forget', target: pseudonymOf(user) } as const;
  const forgotten = await (dryRun ? run() : recorded(target, asked, run, endOf));
  show(out, forgotten, { dryRun, kept: mailboxTable === undefined ? [...KEPT, KEPT_MAILBOX] : KEPT });
  if (mailboxTable !== undefined && forgotten.emptyMailboxTables.includes(mailboxTable))
    out.line(`${mailboxTable} holds nothing of the user.`);
  return isComplete(forgotten) ? EXIT.ok : EXIT.differs;
}

const endOf = (forgotten: Forgotten): ActionEnd => {
  const { openOrders, unprocessedChanges, hiddenMessages, unreadDeadLetters } = forgotten.remaining;
  if (forgotten.isRefused)
    return {
      outcome: 'failed',
      detail: `nothing erased: ${openOrders} orders are not final, ${unprocessedChanges} changes are not processed, ${hiddenMessages} messages hidden, ${unreadDeadLetters} unread`,
    };
  return { outcome: isComplete(forgotten) ? 'done' : 'partly', detail: countsOf(forgotten).join(', ') };
};

const isComplete = ({ remaining: { isCutShort, ...counts } }: Forgotten): boolean =>
  !isCutShort && Object.values(counts).every((count) => count === 0);

const figuresOf = (forgotten: Forgotten): readonly number[] => [
  ...[forgotten.users, forgotten.orders, forgotten.mailboxItems],
  ...[forgotten.responses, forgotten.limits],
  ...[forgotten.deadLetters, forgotten.endedDeadLetters],
];
const countsOf = (forgotten: Forgotten): readonly string[] =>
  figuresOf(forgotten).map((figure, index) => `${figure} ${HEADS[index]}`);

function show(
  out: Output,
  forgotten: Forgotten,
  { dryRun, kept }: { readonly dryRun: boolean; readonly kept: readonly string[] },
): void {
  const { isRefused, remaining, deadLetters } = forgotten;
  out.table(HEADS, [figuresOf(forgotten)], { dryRun, ...forgotten, kept });
  if (isRefused) out.line('Nothing is erased.');
  else out.line(dryRun ? 'It would erase these.' : 'Erased. The indices follow within seconds.');
  const left = [
    [remaining.openOrders, 'orders are not final. Complete or cancel them, or add --open-orders.'],
    [
      remaining.unprocessedChanges,
      'dead letters of order-events hold changes of the user. Replay them, or add --unprocessed and lose their events and effects.',
    ],
    [remaining.malformedOrders, 'orders violate their contract. Fix or delete them, then repeat.'],
    [
      remaining.sharedDeadLetters,
      'dead letters hold records of others too. Replay or purge them, then repeat.',
    ],
    [
      remaining.unreadDeadLetters,
      'dead letters could not be read, and may hold data of the user. Repeat; find out whose they are before you purge them.',
    ],
    [
      remaining.hiddenMessages,
      'messages are hidden by another reader, and may hold changes of the user. Repeat in five minutes.',
    ],
  ] as const;
  for (const [count, what] of left) if (count > 0) out.line(`Not erased: ${count} ${what}`);
  if (remaining.isCutShort)
    out.line(
      'It is not certain that every message of a queue was read. Replay or purge dead letters, then repeat.',
    );
  if (deadLetters > 0 && !isRefused)
    out.line(
      'Run verify --repair: purged dead letters have no effect on reservations, stats and index. It repairs no events, and no stock of deleted orders.',
    );
  out.line('It stays elsewhere:');
  for (const line of kept) out.line(`- ${line}`);
}
