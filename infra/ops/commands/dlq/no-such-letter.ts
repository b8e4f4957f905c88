import { EXIT, type ExitCode } from '../../exit-codes.ts';

/** Says on standard error that a letter was not met. */
export function noSuchLetter(messageId: string): ExitCode {
  console.error(
    `No letter ${messageId} was met. Another may just look at it, which hides it for two minutes at most; a letter that was replayed in vain has a new id (dlq list).`,
  );
  return EXIT.differs;
}
