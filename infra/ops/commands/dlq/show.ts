import { inspect } from 'node:util';
import * as z from 'zod';
import { DeadLetterId } from '../../../../contracts/api/dead-letters.ts';
import { queueOf } from '../../../../pipelines/dead-letters/actions/selected-queues.ts';
import { fieldName } from '../../../../pipelines/dead-letters/list/dead-letter-selection.ts';
import {
  type ShownDeadLetter,
  showDeadLetter,
} from '../../../../pipelines/dead-letters/list/show-dead-letter.ts';
import { NotFoundError } from '../../../../pipelines/request-errors.ts';
import type { CommandContext } from '../../command-line/command.ts';
import { EXIT, type ExitCode } from '../../command-line/exit-codes.ts';
import type { Output } from '../../command-line/output.ts';
import { deadLetterDeps } from './selection.ts';

export const ShowOptions = z.object({ args: z.tuple([DeadLetterId]) });

/** `dlq show` */
export async function show(
  { target, out, signal }: CommandContext,
  { args: [id] }: z.infer<typeof ShowOptions>,
): Promise<ExitCode> {
  const deps = deadLetterDeps(target);
  try {
    const shown = await showDeadLetter(deps, id, (item) => queueOf(deps, item), signal);
    // The pass over the queue may have ended before the message.
    signal.throwIfAborted();
    print(out, shown);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    console.error(
      `Nothing is known of the dead letter ${id}: see dlq list. What is known is kept for 14 days.`,
    );
    return EXIT.differs;
  }
}

function print(out: Output, shown: ShownDeadLetter): void {
  const { summary, attempts, reason, remedy, runbook, twin, batch, body, batches } = shown;
  const { key, order: _order, issue: _issue, end, ...rest } = summary;
  const facts = Object.entries({
    ...rest,
    ended: end && `${end.outcome} at ${end.at}`,
    item: key && `${key.pk} ${key.sk}`,
    twin,
    batch,
  });
  out.table(
    ['dead letter', ''],
    facts.map(([name, value]) => [name, value ?? '']),
    shown,
  );
  if (reason !== undefined) out.line(reason.message);
  for (const { path, message, value } of reason?.issues ?? [])
    out.line(`  ${fieldName(path)}: ${message}${value === undefined ? '' : `, is ${value}`}`);
  for (const { at, by, outcome, code } of attempts) out.line(`  ${at} ${outcome} ${code ?? ''} by ${by}`);
  out.line(`${remedy} See docs/runbook.md#${runbook}.`);
  if (shown.isHidden)
    out.line(
      'Its message could not be read now: another reader hides it, it is on no queue, or not every message of its queue was read.',
    );
  if (body !== undefined) out.line(`the message: ${clipped(body)}`);
  for (const batch of batches) printValue(out, 'from Lambda', batch);
  if (shown.isTrimmed)
    out.line(
      'The stream has trimmed the records. A replay uses the current state of the items that changed at that time.',
    );
  printRecords(out, shown);
}

function printRecords(out: Output, { records, recordsRemaining }: ShownDeadLetter): void {
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
