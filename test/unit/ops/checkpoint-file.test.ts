import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointFile } from '../../../infra/ops/command-line/checkpoint-file.ts';
import { firstCheckpoint } from '../../../pipelines/search/reindex/checkpoint.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
  path = join(folder, 'below', 'reindex.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const first = firstCheckpoint({ target: 'orders-v2', targetUuid: 'uuid', createdAtMs: 1 }, 2);
const later = {
  ...first,
  segments: [{ isDone: true }, { isDone: false, next: { pk: { S: 'USER#u-1' }, sk: { S: 'ORDER#1' } } }],
  documents: 7,
};

describe('the checkpoint of a rebuild', () => {
  it('does not exist before it was written, nor after it was removed', async () => {
    const file = new CheckpointFile(path);
    expect(await file.read()).toBeUndefined();
    await file.write(first);
    await file.remove();
    expect(await file.read()).toBeUndefined();
  });

  it('is found by another process, the last one that was written, and nothing beside it', async () => {
    const file = new CheckpointFile(path);
    await file.write(first);
    await file.write(later);
    expect(await new CheckpointFile(path).read()).toEqual(later);
    expect(readdirSync(join(folder, 'below'))).toEqual(['reindex.json']);
  });

  it('is for the eyes of its owner alone', async () => {
    await new CheckpointFile(path).write(first);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it('is what it was when the process ended while it wrote the next one', async () => {
    await new CheckpointFile(path).write(first);
    writeFileSync(`${path}.1`, '{"target":');
    expect(await new CheckpointFile(path).read()).toEqual(first);
  });

  it.skipIf(process.platform !== 'linux')('is refused at once in a folder that takes no others', async () => {
    await expect(new CheckpointFile('/proc/no-folder/reindex.json').write(first)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('is refused where it is none', async () => {
    await new CheckpointFile(path).write(first);
    writeFileSync(path, '{}');
    await expect(new CheckpointFile(path).read()).rejects.toThrow();
  });
});
