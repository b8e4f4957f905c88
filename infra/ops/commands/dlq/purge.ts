import { createInterface } from 'node:readline/promises';
import * as z from 'zod';
import { systemClock as clock } from '../../../../pipelines/clock.ts';
import { listUnparsed, purgeDeadLetters } from '../../../../pipelines/dead-letters/list/list-dead-letters.ts';
import type { Contents, DeadLetter, Unparsed } from '../../../../pipelines/dead-letters/parse/dead-letter.ts';
import type { CommandContext } from '../../command-line/command.ts';
import { EXIT, type ExitCode } from '../../command-line/exit-codes.ts';
import { ChosenDeadLetters, filterOptions, replayableQueues } from './dead-letter-options.ts';
import { listedDeadLetters, MESSAGES_MAX, noSuchDeadLetter, printDeadLetters } from './dead-letter-table.ts';

export const PurgeOptions = z.object({ ...filterOptions, yes: z.boolean() });

/**
 * `dlq purge`. The bucket may be deleted or denied, so it is read only if a filter needs what only the bucket contains: the items
 * of a record, or why and when Lambda gave up a batch.
 */
export async function purge(
  context: CommandContext,
  options: z.infer<typeof PurgeOptions>,
): Promise<ExitCode> {
  const { target, out, signal } = context;
  if (!options.dryRun && !options.yes && !process.stdin.isTTY) {
    console.error(
      'purge asks for confirmation, and standard input is not a terminal. Use --yes to delete without a question, or --dry-run to list what it would delete.',
    );
    return EXIT.usage;
  }
  const queues = replayableQueues(target, options);
  const { reason, entity, since, limit } = options;
  const selection = new ChosenDeadLetters(options);
  const parses = ({ deadLetter }: Unparsed): boolean =>
    entity !== undefined || (deadLetter === undefined && (reason !== undefined || since !== undefined));
  const { deadLetters, isCutShort } = await listedDeadLetters(context, {
    ...{ queues, limit, isMeant: selection.isSelected },
    listQueue: (list) => listUnparsed({ ...list, parses }),
  });
  const [messageId] = options.args;
  if (messageId !== undefined && !selection.hasRead(messageId)) return noSuchDeadLetter(messageId);
  if (options.dryRun || deadLetters.length === 0)
    return printDeadLetters(out, deadLetters, isCutShort, selection.unmatched);
  if (!options.yes && !(await isConfirmed(target.title, deadLetters.length, signal))) {
    console.error('Nothing was deleted.');
    return EXIT.differs;
  }
  // Only those that were counted in the question: dead letters that arrived since were not confirmed.
  const seen = new Set(deadLetters.map(({ message }) => message.messageId));
  const purged: DeadLetter<Contents | Unparsed>[] = [];
  for (const queue of queues)
    await purgeDeadLetters(
      {
        ...{ ...target, clock, queue, signal, limit: seen.size, messagesMax: MESSAGES_MAX },
        isMeant: (summary) => seen.has(summary.messageId),
      },
      (deadLetter) => purged.push(deadLetter),
    );
  printDeadLetters(out, purged, isCutShort, undefined);
  return purged.length === seen.size ? EXIT.ok : EXIT.differs;
}

async function isConfirmed(title: string, deadLetters: number, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test(
      await terminal.question(`Delete ${deadLetters} dead letters of ${title} permanently? [y/N] `, {
        signal,
      }),
    );
  } catch (error) {
    // readline reads Ctrl-C and Ctrl-D as keys. They mean no.
    if (error instanceof Error && error.name === 'AbortError' && !signal.aborted) return false;
    throw error;
  } finally {
    terminal.close();
  }
}
