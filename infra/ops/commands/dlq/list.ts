import * as z from 'zod';
import { listDeadLetters } from '../../../../pipelines/dead-letters/list/list-dead-letters.ts';
import type { CommandContext } from '../../command-line/command.ts';
import type { ExitCode } from '../../command-line/exit-codes.ts';
import { ChosenDeadLetters, queueOptions, replayableQueues } from './dead-letter-options.ts';
import { listedDeadLetters, printDeadLetters } from './dead-letter-table.ts';

export const ListOptions = z.object({ ...queueOptions, limit: z.int() });

/** `dlq list` */
export async function list(context: CommandContext, options: z.infer<typeof ListOptions>): Promise<ExitCode> {
  const { consumer, limit } = options;
  const selection = new ChosenDeadLetters({ consumer });
  const queues = replayableQueues(context.target, options);
  const { deadLetters, isCutShort } = await listedDeadLetters(context, {
    ...{ queues, limit, isMeant: selection.isSelected },
    listQueue: listDeadLetters,
  });
  return printDeadLetters(context.out, deadLetters, isCutShort, selection.unmatched);
}
