import * as z from 'zod';
import {
  DeadLetterId,
  FixDeadLetter,
  type FixResult,
  FixValue,
} from '../../../../contracts/api/dead-letters.ts';
import { readJson } from '../../../../contracts/reading.ts';
import { recordedFix } from '../../../../pipelines/dead-letters/actions/recorded-actions.ts';
import { NotFoundError, RefusedRequestError } from '../../../../pipelines/request-errors.ts';
import { readAs } from '../../command-line/arguments.ts';
import type { CommandContext } from '../../command-line/command.ts';
import { EXIT, type ExitCode } from '../../command-line/exit-codes.ts';
import { type Output, visible } from '../../command-line/output.ts';
import { deadLetterDeps, noSuchDeadLetter } from './selection.ts';

type Values = FixDeadLetter['set'];

export const FixOptions = z.object({
  args: z.tuple([DeadLetterId]),
  set: FixDeadLetter.shape.set,
  dryRun: z.boolean(),
});

/**
 * One `--set path=value` more. A value that is a JSON number, `true`, `false` or `null` is that; in JSON's quotes it is text, as is any other.
 *
 * @throws InvalidArgumentError
 */
export function setting(text: string, previous: Values = {}): Values {
  const [, path = '', value = ''] = PATH_AND_VALUE.exec(text) ?? [];
  return settings({ ...previous, [path]: valueIn(value) });
}

const PATH_AND_VALUE = /^([^=]+)=(.*)$/s;
const settings = readAs(
  FixDeadLetter.shape.set,
  'It must be a path and a value, such as total=2500: up to 200 and 4096 characters, without control characters.',
);

const valueIn = (text: string): unknown => {
  // A text in quotes that no fix may set is refused, and not taken with its quotes.
  const value = readJson(z.union([FixValue, z.string()]), text);
  return value.success ? value.data : text;
};

/** `dlq fix` */
export async function fix(
  { target, out, signal }: CommandContext,
  { args: [id], set, dryRun }: z.infer<typeof FixOptions>,
): Promise<ExitCode> {
  const deps = deadLetterDeps(target);
  try {
    const result = await recordedFix(deps, { set, dryRun, id, actor: target.actor }, signal);
    print(out, result, dryRun);
    const isDone = result.replays.every(
      ({ outcome }) => outcome === 'replayed' || outcome === 'item-deleted',
    );
    return result.issues.length === 0 && isDone ? EXIT.ok : EXIT.differs;
  } catch (error) {
    if (error instanceof NotFoundError) return noSuchDeadLetter(id);
    if (!(error instanceof RefusedRequestError)) throw error;
    console.error(visible(`${error.message} ${error.remedy}`));
    return EXIT.differs;
  }
}

function print(out: Output, result: FixResult, dryRun: boolean): void {
  const { isApplied, issues, changes, replays } = result;
  out.table(
    ['field', 'before', 'after'],
    changes.map(({ path, before, after }) => [path, before ?? 'absent', after ?? 'removed']),
    result,
  );
  for (const { path, message } of issues) out.line(`${path}: ${message}`);
  if (issues.length > 0) out.line('Nothing was written: the item would still violate its contract.');
  else if (dryRun) out.line('The item would keep its contract. Nothing was written.');
  if (isApplied) out.line('The item is fixed.');
  for (const { id, consumer, outcome, code } of replays)
    out.line(`${id} of ${consumer}: ${outcome}${code === undefined ? '' : ` (${code})`}`);
}
