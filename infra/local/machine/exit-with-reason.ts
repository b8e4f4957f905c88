import * as z from 'zod';
import { InvalidValueError, read } from '../../../contracts/reading.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { InterruptedError } from './until-signal.ts';

/** An error of the operating system, such as a full disk. Its message names the call and the file. */
const SystemError = z.object({ code: z.string(), syscall: z.string(), message: z.string() });

/**
 * Ends a command with an error. Prints one line for an error of ours, with its remedy, and for one of the operating system. Prints
 * any other error completely. An interruption was reported when it came.
 */
export function exitWithReason(error: unknown): never {
  if (error instanceof InterruptedError) process.exit(error.exitCode);
  console.error(reasonOf(error));
  process.exit(1);
}

function reasonOf(error: unknown): unknown {
  if (error instanceof OrderStreamError || error instanceof InvalidValueError)
    return `${error.message}. ${error.remedy}`;
  return read(SystemError, error).data?.message ?? error;
}
