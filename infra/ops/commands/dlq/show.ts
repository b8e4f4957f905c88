import { inspect } from 'node:util';
import * as z from 'zod';
import { type LetterDetails, letterDetails } from '../../../../pipelines/replay/letter-details.ts';
import { type LetterSummary, letterSummary } from '../../../../pipelines/replay/letter-summary.ts';
import type { CommandContext } from '../../command.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { queueOptions } from './letter-options.ts';
import { letterQueues } from './letter-queues.ts';
import { noSuchLetter } from './no-such-letter.ts';
import { seenLetters } from './seen-letters.ts';

export const ShowOptions = z.object({ ...queueOptions, args: z.tuple([z.string()]) });

/** `dlq show` */
export async function show(context: CommandContext, options: z.infer<typeof ShowOptions>): Promise<ExitCode> {
  const { target, out, signal } = context;
  const [messageId] = options.args;
  const isMeant = (summary: LetterSummary): boolean => summary.messageId === messageId;
  const { letters } = await seenLetters(context, letterQueues(target, options), isMeant, 1);
  const [letter] = letters;
  if (letter === undefined) return noSuchLetter(messageId);
  const { tableName } = target.resources;
  const details = await letterDetails(letter, { ...target, tableName }, signal);
  print(out, letterSummary(letter), details);
  return EXIT.ok;
}

function print(out: Output, summary: LetterSummary, details: LetterDetails): void {
  const { reason, batches, records, recordsLeft, isTrimmed } = details;
  const facts = Object.entries({ ...summary, entities: summary.entities.join(', ') });
  out.table(
    ['letter', ''],
    facts.map(([name, value]) => [name, value ?? '']),
    { ...summary, ...details, why: reason },
  );
  if (reason !== undefined) out.line(reason.message);
  for (const { path, message } of reason?.issues ?? []) out.line(`  ${path}: ${message}`);
  for (const batch of batches) out.line(`Lambda tells: ${text(batch)}`);
  if (isTrimmed)
    out.line(
      'The stream has trimmed the records. A replay takes the present state of the items that were changed at that time.',
    );
  for (const { from, key, eventName, oldImage, newImage, present } of records) {
    out.line(
      `\n${eventName ?? 'Record'} of ${key === undefined ? 'no item' : `${key.pk} / ${key.sk}`}, from the ${from}`,
    );
    out.line(`old image: ${text(oldImage)}`);
    out.line(`new image: ${text(newImage)}`);
    out.line(`the table now: ${present === undefined ? 'nothing' : text(present)}`);
  }
  if (recordsLeft > 0) out.line(`\n${recordsLeft} more records`);
}

const TEXT_MAX = 4_000;
const text = (value: unknown): string =>
  value === undefined
    ? 'none'
    : inspect(value, { depth: 8, maxStringLength: TEXT_MAX, maxArrayLength: null, breakLength: 110 });
