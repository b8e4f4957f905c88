import * as z from 'zod';
import { lookAtLetters } from '../../../../pipelines/replay/look-at-letters.ts';
import type { CommandContext } from '../../command.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { MeantLetters, queueOptions } from './letter-options.ts';
import { letterQueues } from './letter-queues.ts';
import { printLetters } from './letter-table.ts';
import { seenLetters } from './seen-letters.ts';

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
