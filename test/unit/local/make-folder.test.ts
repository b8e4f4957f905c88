import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, removeEmpty } from '../../../infra/local/machine/make-folder.ts';

let top: string;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'make-folder-'));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

describe('making a folder', () => {
  it('makes those above it too, and says which was the first', () => {
    expect(makeFolder(join(top, 'a', 'b', 'c'))).toBe(join(top, 'a'));
    expect(existsSync(join(top, 'a', 'b', 'c'))).toBe(true);
  });

  it('makes none that is there', () => {
    expect(makeFolder(top)).toBeUndefined();
  });

  it('leaves nothing where a file is in the way', () => {
    writeFileSync(join(top, 'file'), '');
    expect(() => makeFolder(join(top, 'file', 'below'))).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(existsSync(join(top, 'file'))).toBe(true);
  });
});

describe('removing what was made for nothing', () => {
  it('removes the empty folders', () => {
    mkdirSync(join(top, 'a', 'b'), { recursive: true });
    removeEmpty(join(top, 'a', 'b'), join(top, 'a'));
    expect(existsSync(join(top, 'a'))).toBe(false);
  });

  it('leaves a folder that another process has filled in the meantime', () => {
    mkdirSync(join(top, 'a', 'b'), { recursive: true });
    writeFileSync(join(top, 'a', 'kept'), '');
    removeEmpty(join(top, 'a', 'b'), join(top, 'a'));
    expect(existsSync(join(top, 'a', 'kept'))).toBe(true);
  });

  it('counts a folder that does not exist as removed', () => {
    expect(() => removeEmpty(join(top, 'gone'), join(top, 'gone'))).not.toThrow();
  });
});
