import * as z from 'zod';
import { lookAtLetters } from '../../../../pipelines/dead-letters/list/list-dead-letters.ts';
import type { CommandContext } from '../../command.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { letterQueues, MeantLetters, queueOptions } from './dead-letter-options.ts';
import { printLetters, seenLetters } from './dead-letter-table.ts';

export const ListOptions = z.object({ ...queueOptions, limit: z.int() });

/** `dlq list` */
export async function list(context: CommandContext, options: z.infer<typeof ListOptions>): Promise<ExitCode> {
  const { consumer, limit } = options;
  const meant = new MeantLetters({ consumer });
  const queues = letterQueues(context.target, options);
  const { letters, isCutShort } = await seenLetters(context, {
    ...{ queues, limit, isMeant: meant.isMeant },
    lookAt: lookAtLetters,
  });
  return printLetters(context.out, letters, isCutShort, meant.unmatched);
}
