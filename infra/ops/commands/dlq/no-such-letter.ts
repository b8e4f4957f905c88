import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { visible } from '../../output.ts';

/** Says on standard error that a letter was not met. */
export function noSuchLetter(messageId: string): ExitCode {
  console.error(
    `No letter ${visible(messageId)} was met. Another may just look at it, which hides it for two minutes at most; a letter that was replayed in vain has a new id (dlq list).`,
  );
  return EXIT.differs;
}
