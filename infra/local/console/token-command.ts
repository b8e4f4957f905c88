import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;
const MS_PER_SECOND = 1_000;
const RENEW_BEFORE_MS = 60_000;

/** A token that a command prints, kept in memory until a minute before it expires. */
export function tokenOf(command: string): () => Promise<string> {
  let kept: { readonly token: string; readonly untilMs: number } | undefined;
  return async () => {
    if (kept !== undefined && Date.now() < kept.untilMs) return kept.token;
    const { stdout } = await run('/bin/sh', ['-c', command], { timeout: TIMEOUT_MS });
    const token = stdout.trim();
    const { exp = 0 } = decodeJwt(token);
    kept = { token, untilMs: exp * MS_PER_SECOND - RENEW_BEFORE_MS };
    return token;
  };
}
