import { inspect } from 'node:util';
import * as z from 'zod';
import {
  type DeadLetterDetails,
  deadLetterDetails,
} from '../../../../pipelines/dead-letters/list/dead-letter-details.ts';
import { listDeadLetters } from '../../../../pipelines/dead-letters/list/list-dead-letters.ts';
import {
  type MessageSummary,
  messageSummary,
} from '../../../../pipelines/dead-letters/parse/dead-letter-summary.ts';
import type { CommandContext } from '../../command-line/command.ts';
import { EXIT, type ExitCode } from '../../command-line/exit-codes.ts';
import type { Output } from '../../command-line/output.ts';
import { queueOptions, replayableQueues } from './dead-letter-options.ts';
import { listedDeadLetters, noSuchDeadLetter } from './dead-letter-table.ts';

export const ShowOptions = z.object({ ...queueOptions, args: z.tuple([z.string()]) });

/** `dlq show` */
export async function show(context: CommandContext, options: z.infer<typeof ShowOptions>): Promise<ExitCode> {
  const { target, out, signal } = context;
  const [messageId] = options.args;
  const isMeant = (summary: MessageSummary): boolean => summary.messageId === messageId;
  const queues = replayableQueues(target, options);
  const { deadLetters } = await listedDeadLetters(context, {
    queues,
    isMeant,
    limit: 1,
    listQueue: listDeadLetters,
  });
  const [deadLetter] = deadLetters;
  if (deadLetter === undefined) return noSuchDeadLetter(messageId);
  const { tableName } = target.resources;
  const details = await deadLetterDetails(deadLetter, { ...target, tableName }, signal);
  const body = deadLetter.contents.kind === 'unreadable' ? deadLetter.message.body : undefined;
  print(out, messageSummary(deadLetter), details, body);
  return EXIT.ok;
}

function print(
  out: Output,
  summary: MessageSummary,
  details: DeadLetterDetails,
  body: string | undefined,
): void {
  const { reason, batches, records, recordsRemaining, isTrimmed } = details;
  const facts = Object.entries({ ...summary, entities: summary.entities.join(', ') });
  out.table(
    ['dead letter', ''],
    facts.map(([name, value]) => [name, value ?? '']),
    { ...summary, ...details, why: reason, body },
  );
  if (reason !== undefined) out.line(reason.message);
  for (const { path, message } of reason?.issues ?? []) out.line(`  ${path}: ${message}`);
  if (body !== undefined) out.line(`the message: ${clipped(body)}`);
  for (const batch of batches) printValue(out, 'from Lambda', batch);
  if (isTrimmed)
    out.line(
      'The stream has trimmed the records. A replay uses the current state of the items that changed at that time.',
    );
  for (const { from, key, eventName, oldImage, newImage, current } of records) {
    out.line('');
    out.line(
      `${eventName ?? 'Record'} of ${key === undefined ? 'no item' : `${key.pk} / ${key.sk}`}, from the ${from}`,
    );
    printValue(out, 'old image', oldImage, 'none');
    printValue(out, 'new image', newImage, 'none');
    printValue(out, 'the table now', current, 'nothing');
  }
  if (recordsRemaining > 0) out.line(`and ${recordsRemaining} more records`);
}

const TEXT_MAX = 4_000;

/** Prints each line of a value by its own call, so that a line break inside a string is escaped and one between lines is not. */
function printValue(out: Output, what: string, value: unknown, absent = ''): void {
  const text =
    value === undefined
      ? absent
      : inspect(value, { depth: 8, maxStringLength: TEXT_MAX, maxArrayLength: null, breakLength: 110 });
  for (const line of `${what}: ${text}`.split('\n')) out.line(line);
}

const clipped = (text: string): string =>
  text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}… (${text.length} characters)` : text;
