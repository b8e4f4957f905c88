import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlreadyReleasedError, keepRelease, lastRelease } from '../../../infra/contract-tooling/releases.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'releases-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the released contracts', () => {
  it('have none before the first', () => {
    expect(lastRelease(folder)).toBeUndefined();
  });

  it('have the one of the highest version last, by its numbers', () => {
    for (const version of ['0.10.0', '0.2.0', '0.9.1']) keepRelease({ version, text: version }, folder);
    expect(lastRelease(folder)).toEqual({ version: '0.10.0', text: '0.10.0' });
  });

  it('keep what a version was released with', () => {
    keepRelease({ version: '1.0.0', text: 'then' }, folder);
    expect(() => keepRelease({ version: '1.0.0', text: 'now' }, folder)).toThrow(AlreadyReleasedError);
    expect(() => keepRelease({ version: '1.0.0', text: 'then' }, folder)).not.toThrow();
    expect(lastRelease(folder)?.text).toBe('then');
  });
});
