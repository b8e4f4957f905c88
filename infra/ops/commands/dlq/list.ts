import * as z from 'zod';
import type { CommandContext } from '../../command.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { queueOptions } from './letter-options.ts';
import { letterQueues } from './letter-queues.ts';
import { printLetters } from './letter-table.ts';
import { seenLetters } from './seen-letters.ts';

export const ListOptions = z.object({ ...queueOptions, limit: z.int() });

/** `dlq list` */
export async function list(context: CommandContext, options: z.infer<typeof ListOptions>): Promise<ExitCode> {
  const isMeant = ({ consumer }: { readonly consumer: string | undefined }): boolean =>
    options.consumer === undefined || consumer === options.consumer;
  const queues = letterQueues(context.target, options);
  const { letters, isCutShort } = await seenLetters(context, queues, isMeant, options.limit);
  printLetters(context.out, letters, isCutShort);
  return EXIT.ok;
}
