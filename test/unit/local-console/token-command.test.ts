import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tokenOf } from '../../../infra/local/console/token-command.ts';

const NOW_MS = Date.parse('2026-03-01T12:00:00.000Z');
const HOUR_MS = 3_600_000;
const TOKEN = new UnsecuredJWT({}).setExpirationTime(new Date(NOW_MS + HOUR_MS)).encode();

describe('the token of a command', () => {
  let directory: string;
  let nowMs: number;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'token-command-'));
    nowMs = NOW_MS;
  });
  afterEach(() => rm(directory, { recursive: true }));
  /** A command that counts how often it runs. */
  const counted = (command: string) =>
    tokenOf(`echo run >> ${join(directory, 'runs')}; ${command}`, { now: () => new Date(nowMs) });
  const runs = async () => (await readFile(join(directory, 'runs'), 'utf8')).split('\n').length - 1;
  const failure = (token: () => Promise<string>) => token().then(() => undefined, String);

  it('is what the command prints', async () => {
    expect(await counted(`echo ${TOKEN}`)()).toBe(TOKEN);
  });

  it('is that of one run for requests at the same time, and for later ones', async () => {
    const token = counted(`echo ${TOKEN}`);
    expect(await Promise.all([token(), token(), token()])).toEqual([TOKEN, TOKEN, TOKEN]);
    nowMs += HOUR_MS - 60_001;
    await token();
    expect(await runs()).toBe(1);
  });

  it('is that of another run from a minute before it expires', async () => {
    const token = counted(`echo ${TOKEN}`);
    await token();
    nowMs += HOUR_MS - 60_000;
    await token();
    expect(await runs()).toBe(2);
  });

  it('is that of another run after one that failed', async () => {
    const token = counted(
      `test -f ${join(directory, 'fixed')} && echo ${TOKEN}; touch ${join(directory, 'fixed')}`,
    );
    await Promise.all([failure(token), failure(token)]);
    expect(await token()).toBe(TOKEN);
    expect(await runs()).toBe(2);
  });

  it.each([
    ['fails', 'exit 3', 'The token command failed: it ended with 3'],
    ['is ended by a signal', 'kill -KILL $$', 'The token command failed: it ended with SIGKILL'],
    ['prints no token', 'echo none', 'The token command failed: it printed no token'],
  ])('is refused without the words of the command where it %s', async (_, command, reason) => {
    expect(await failure(counted(`: --password=secret; ${command}`))).toBe(`token-command-failed: ${reason}`);
  });
});
