import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseJson } from '../../../contracts/reading.ts';
import { Checkpoint, type CheckpointStore } from '../../../pipelines/search/reindex/checkpoint.ts';
import { makeFolder } from '../../local/machine/make-folder.ts';

const OWNER_ONLY = 0o600;

/**
 * A checkpoint in a JSON file. Only its owner can read it, because it contains keys of items. A write syncs the new checkpoint to
 * the disk under another name and then renames it. After a crash of the process or the machine, the file holds the old checkpoint or
 * the new one.
 */
export class CheckpointFile implements CheckpointStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws InvalidValueError if the file does not contain a checkpoint. */
  async read(): Promise<Checkpoint | undefined> {
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    return text === undefined ? undefined : parseJson(Checkpoint, text);
  }

  async write(checkpoint: Checkpoint): Promise<void> {
    makeFolder(dirname(this.#path));
    const partial = `${this.#path}.${process.pid}`;
    await synced(partial, 'w', (file) => file.writeFile(JSON.stringify(checkpoint)));
    await rename(partial, this.#path);
    // A rename is durable only after the folder is synced.
    await synced(dirname(this.#path), 'r', async () => undefined);
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

type File = Awaited<ReturnType<typeof open>>;

async function synced(path: string, flags: string, use: (file: File) => Promise<void>): Promise<void> {
  await using file = await open(path, flags, OWNER_ONLY);
  await use(file);
  await file.sync();
}
