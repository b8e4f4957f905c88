import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commandLog, type LogFile, logFile } from '../../../infra/local/running/log-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-file-'));
  path = join(folder, 'dev.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a line and ends. */
async function written({ log, end }: LogFile, line: string): Promise<void> {
  log('dynamoDb', line);
  await end();
}
const contents = (file: string) => readFileSync(file, 'utf8');

describe('the log of a local system', () => {
  it('has each line with its time and its source', async () => {
    await written(logFile(path), 'Started');
    expect(contents(path)).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z dynamoDb Started\n$/);
  });

  it('is in a folder that is created for it', async () => {
    path = join(folder, 'of', 'a-checkout', 'dev.log');
    await written(logFile(path), 'Started');
    expect(contents(path)).toContain('Started');
  });

  it('keeps that of the run before beside it, and of none before that', async () => {
    for (const line of ['first', 'second', 'third']) await written(logFile(path), line);
    expect(contents(path)).toMatch(/^\S+ dynamoDb third\n$/);
    expect(contents(`${path}.1`)).toMatch(/^\S+ dynamoDb second\n$/);
  });

  it('of a start that is refused, and so has no line, leaves the one that is there', async () => {
    writeFileSync(path, 'of a system that runs');
    await logFile(path).end();
    expect(contents(path)).toBe('of a system that runs');
    expect(existsSync(`${path}.1`)).toBe(false);
  });

  it('has what a system says that runs while another one starts', async () => {
    const running = logFile(path);
    running.log('dynamoDb', 'before');
    await expect.poll(() => existsSync(path) && contents(path)).toContain('before');
    await written(logFile(path), 'of the other one');
    await written(running, 'after');
    expect(contents(`${path}.1`)).toMatch(/before\n.*after\n$/);
  });

  it('follows a link, which stays', async () => {
    const target = join(folder, 'target.log');
    writeFileSync(target, 'earlier\n');
    symlinkSync(target, path);
    await written(logFile(path), 'Started');
    expect(readlinkSync(path)).toBe(target);
    expect(contents(target)).toMatch(/^earlier\n.*Started\n$/);
  });

  it('leaves out what comes after its end', async () => {
    const { log, end } = logFile(path);
    log('dynamoDb', 'Started');
    await end();
    const said = vi.spyOn(console, 'error').mockReturnValue();
    log('dynamoDb', 'late');
    await end();
    expect(said).not.toHaveBeenCalled();
    expect(contents(path)).not.toContain('late');
  });

  it('is refused as a folder', () => {
    expect(() => logFile(folder)).toThrow(expect.objectContaining({ code: 'log-refused' }));
  });
});

describe('the log of a command', () => {
  it('has what the system itself says on standard error too, and nothing else', async () => {
    const said = vi.spyOn(console, 'error').mockReturnValue();
    const { log, end } = commandLog(path);
    log('system', 'DynamoDB Local ended unexpectedly');
    await written({ log, end }, 'output of a part');
    expect(said.mock.calls).toEqual([['DynamoDB Local ended unexpectedly']]);
    expect(contents(path)).toMatch(/ended unexpectedly\n.*output of a part\n$/);
  });
});
