import { OrderStreamError } from './errors.ts';

/** Why something failed, in a line of a log. A foreign error's message can quote a value, so of those only the class is told. */
export function loggableReason(error: unknown): string {
  if (error instanceof OrderStreamError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.name : typeof error;
}
