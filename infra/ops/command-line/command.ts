import { Command } from 'commander';
import * as z from 'zod';
import type { SinkName } from '../../../contracts/api/status.ts';
import { parse } from '../../../contracts/reading.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { untilSignal } from '../../local/machine/until-signal.ts';
import { SeveralLocalSystemsError } from '../../local/running/running-system.ts';
import { awsTarget } from '../target/aws-target.ts';
import { localTarget } from '../target/local-target.ts';
import type { OpsTarget } from '../target/ops-target.ts';
import { requireResponses } from '../target/required-responses.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Output, output, visible } from './output.ts';

const GlobalOptions = z.object({
  stack: z.string().optional(),
  region: z.string().optional(),
  profile: z.string().optional(),
  pid: z.number().optional(),
  json: z.boolean().default(false),
});

/** What a command works with. */
export interface CommandContext {
  readonly target: OpsTarget;
  readonly out: Output;
  /** Aborts when the command is interrupted: started requests end, and completed changes remain. */
  readonly signal: AbortSignal;
}

/**
 * Runs a command's action on the target that the global options name, after what the action depends on has responded to a probe. The action's result is the exit code of the process. It is
 * {@link EXIT.differs} where an interruption keeps it from its end, {@link EXIT.usage} if several local systems run and none is named, and
 * {@link EXIT.unreachable} for any other error, which is printed with its remedy.
 */
export function action<Options>(
  schema: z.ZodType<Options>,
  run: (context: CommandContext, options: Options) => Promise<ExitCode>,
  dependencies: readonly SinkName[],
): (...args: readonly unknown[]) => Promise<void> {
  return async (...args) => {
    // Commander passes the command's arguments, its options and the command itself.
    const command = parse(z.instanceof(Command), args.at(-1));
    const { json, pid, ...options } = parse(GlobalOptions, command.optsWithGlobals());
    const own = parse(schema, { ...command.opts(), args: command.args });
    const { signal } = untilSignal();
    process.exitCode = await exitCodeOf(async () => {
      await using target = options.stack === undefined ? localTarget(pid) : await awsTarget(options);
      await requireResponses(target, dependencies);
      return await run({ target, out: output(json), signal }, own);
    }, signal);
  };
}

async function exitCodeOf(run: () => Promise<ExitCode>, signal: AbortSignal): Promise<ExitCode> {
  try {
    return await run();
  } catch (error) {
    if (signal.aborted) {
      console.error('Interrupted. Changes that were already made remain.');
      return EXIT.differs;
    }
    if (error instanceof OrderStreamError) console.error(visible(`${error.message}. ${error.remedy}`));
    else console.error(visible(error instanceof Error ? `${error.name}: ${error.message}` : String(error)));
    return error instanceof SeveralLocalSystemsError ? EXIT.usage : EXIT.unreachable;
  }
}
