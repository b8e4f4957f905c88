import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CheckpointWriter,
  FileCheckpointStore,
} from '../../../infra/local/event-source-mapping/checkpoints.ts';
import { KeptLog } from '../../builders/stream/event-source-mapping.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'checkpoints-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe('checkpoints in files', () => {
  it('are absent before the first write', async () => {
    expect(await new FileCheckpointStore(directory).read('mapping', 'shard')).toBeUndefined();
  });

  it('outlive the store that wrote them', async () => {
    const store = new FileCheckpointStore(directory);
    await store.write('mapping', 'shard-1', { position: 'after', sequenceNumber: '12' });
    await store.write('mapping', 'shard-2', { position: 'shard-end' });
    const again = new FileCheckpointStore(directory);
    expect(await again.read('mapping', 'shard-1')).toEqual({ position: 'after', sequenceNumber: '12' });
    expect(await again.read('mapping', 'shard-2')).toEqual({ position: 'shard-end' });
  });

  it('are those of one mapping only', async () => {
    const store = new FileCheckpointStore(directory);
    await store.write('one', 'shard', { position: 'shard-end' });
    expect(await store.read('other', 'shard')).toBeUndefined();
  });

  it('leave no half-written file', async () => {
    const store = new FileCheckpointStore(directory);
    await store.write('mapping', 'shard', { position: 'after', sequenceNumber: '1' });
    await store.write('mapping', 'shard', { position: 'after', sequenceNumber: '2' });
    expect(await readdir(join(directory, 'mapping'))).toEqual(['shard.json']);
  });

  it('stay inside their directory for any name of a shard', async () => {
    const store = new FileCheckpointStore(directory);
    await store.write('mapping', '../../shard', { position: 'shard-end' });
    expect(await readdir(directory)).toEqual(['mapping']);
  });

  it('are refused when the file holds something else', async () => {
    const store = new FileCheckpointStore(directory);
    await store.write('mapping', 'shard', { position: 'shard-end' });
    await writeFile(join(directory, 'mapping', 'shard.json'), '{"position":"before"}');
    await expect(store.read('mapping', 'shard')).rejects.toThrow('position');
  });
});

describe('checkpoints that cannot be read', () => {
  it('are not taken for absent', async () => {
    await mkdir(join(directory, 'mapping', 'shard.json'), { recursive: true });
    await expect(new FileCheckpointStore(directory).read('mapping', 'shard')).rejects.toThrow('EISDIR');
  });
});

describe('the writer of one shard’s checkpoints', () => {
  const upTo = (sequenceNumber: string) => ({ position: 'after', sequenceNumber }) as const;
  const slowStore = () => {
    const written: string[] = [];
    const gate = Promise.withResolvers<void>();
    const store = {
      read: async () => undefined,
      write: async (
        _mapping: string,
        _shard: string,
        checkpoint: { position: string; sequenceNumber?: string },
      ) => {
        await gate.promise;
        if (checkpoint.sequenceNumber === 'broken') throw new Error('disk full');
        written.push(checkpoint.sequenceNumber ?? checkpoint.position);
      },
    };
    return { store, written, gate };
  };

  it('writes the newest of those that came while it was writing', async () => {
    const { store, written, gate } = slowStore();
    const writer = new CheckpointWriter(store, 'mapping', 'shard', new KeptLog());
    for (const sequenceNumber of ['1', '2', '3']) writer.save(upTo(sequenceNumber));
    gate.resolve();
    await writer.close();
    expect(written).toEqual(['1', '3']);
  });

  it('writes nothing that comes after it was closed', async () => {
    const { store, written, gate } = slowStore();
    const writer = new CheckpointWriter(store, 'mapping', 'shard', new KeptLog());
    gate.resolve();
    await writer.close();
    writer.save(upTo('1'));
    await writer.close();
    expect(written).toEqual([]);
  });

  it('logs a write that failed and makes up for it with the next', async () => {
    const { store, written, gate } = slowStore();
    const log = new KeptLog();
    const writer = new CheckpointWriter(store, 'mapping', 'shard', log);
    writer.save(upTo('broken'));
    writer.save(upTo('2'));
    gate.resolve();
    await writer.close();
    expect(written).toEqual(['2']);
    expect(log.attributes).toEqual([{ error: new Error('disk full') }]);
  });
});
