import * as z from 'zod';
import { InvalidValueError, read } from '../../contracts/reading.ts';
import { OrderStreamError } from '../../pipelines/errors.ts';
import { InterruptedError } from './until-signal.ts';

/** An error of the operating system, such as of a disk that is full: its message names the call and the file. */
const SystemError = z.object({ code: z.string(), syscall: z.string(), message: z.string() });

/**
 * Ends a command: with one line that says what to do for an error of ours or of the operating system, with all there is for any
 * other. An interruption was announced when it came.
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
