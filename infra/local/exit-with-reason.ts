import { OrderStreamError } from '../../pipelines/core/errors.ts';

/** Ends a command: with one line that says what to do for an error of ours, with all there is for any other. */
export function exitWithReason(error: unknown): never {
  console.error(error instanceof OrderStreamError ? `${error.message}. ${error.remedy}` : error);
  process.exit(1);
}
