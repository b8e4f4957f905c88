import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { type Clock, systemClock } from '../../../pipelines/clock.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;
const RENEW_BEFORE_MS = 60_000;

/** The command that prints the console's token failed. Nothing of the command is in the message: it may hold a secret. */
export class TokenCommandFailedError extends OrderStreamError {
  readonly code = 'token-command-failed';
  readonly remedy = 'Look at what it wrote in the terminal of the console.';

  constructor(how: string) {
    super(`The token command failed: it ${how}`);
  }
}

/**
 * A token that a command prints, kept in memory until a minute before it expires. What the command writes to its standard error is
 * written to that of this process.
 *
 * @returns The token. It rejects with a {@link TokenCommandFailedError}; the next call then runs the command again.
 */
export function tokenOf(command: string, clock: Pick<Clock, 'now'> = systemClock): () => Promise<string> {
  // Requests at the same time wait for one run.
  let kept: Promise<string> | undefined;
  let untilMs = Number.POSITIVE_INFINITY;
  const renewed = async () => {
    try {
      const token = await printed(command);
      untilMs = expiryOf(token) - RENEW_BEFORE_MS;
      return token;
    } catch (error) {
      kept = undefined;
      throw error;
    }
  };
  return () => {
    if (kept !== undefined && clock.now().getTime() < untilMs) return kept;
    untilMs = Number.POSITIVE_INFINITY;
    kept = renewed();
    return kept;
  };
}

async function printed(command: string): Promise<string> {
  const running = run('/bin/sh', ['-c', command], { timeout: TIMEOUT_MS });
  running.child.stderr?.pipe(process.stderr);
  try {
    return (await running).stdout.trim();
  } catch (error) {
    // The error itself has the command in its message.
    const { killed, signal, code } = read(Ended, error).data ?? {};
    throw new TokenCommandFailedError(
      killed
        ? `did not end within ${TIMEOUT_MS / MS_PER_SECOND} s`
        : `ended with ${signal ?? code ?? 'no exit code'}`,
    );
  }
}

const Ended = z.object({
  /** By its time-out. */
  killed: z.boolean().optional(),
  signal: z.string().nullish(),
  code: z.union([z.number(), z.string()]).nullish(),
});

function expiryOf(token: string): number {
  try {
    return (decodeJwt(token).exp ?? 0) * MS_PER_SECOND;
  } catch {
    throw new TokenCommandFailedError('printed no token');
  }
}
