import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../../contracts/reading.ts';
import type { MappingLog } from './activity.ts';

/** How far a mapping has come in one shard. */
export type Checkpoint =
  /** Every record up to and including this one is handled. */
  | { readonly position: 'after'; readonly sequenceNumber: string }
  /** The shard is closed and all of it is handled: its children may be read. */
  | { readonly position: 'shard-end' };

/** Where checkpoints survive the mapping. Writes for one shard come one at a time, in order. */
export interface CheckpointStore {
  read(mappingId: string, shardId: string): Promise<Checkpoint | undefined>;
  write(mappingId: string, shardId: string, checkpoint: Checkpoint): Promise<void>;
}

const CheckpointFile = z.discriminatedUnion('position', [
  z.object({ position: z.literal('after'), sequenceNumber: z.string().regex(/^\d+$/) }),
  z.object({ position: z.literal('shard-end') }),
]);

/** Forgets with the process: each start begins at the starting position. */
export class MemoryCheckpointStore implements CheckpointStore {
  readonly #checkpoints = new Map<string, Checkpoint>();

  async read(mappingId: string, shardId: string): Promise<Checkpoint | undefined> {
    return this.#checkpoints.get(`${mappingId}/${shardId}`);
  }

  async write(mappingId: string, shardId: string, checkpoint: Checkpoint): Promise<void> {
    this.#checkpoints.set(`${mappingId}/${shardId}`, checkpoint);
  }
}

/**
 * One JSON file a shard, `<directory>/<mapping>/<shard>.json`, replaced by a rename: a reader finds the old checkpoint or
 * the new one, never half of one. It outlives the process, not a power cut, since it is not synced.
 */
export class FileCheckpointStore implements CheckpointStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws InvalidValueError for a file that no mapping wrote. */
  async read(mappingId: string, shardId: string): Promise<Checkpoint | undefined> {
    const json = await readFile(this.#fileOf(mappingId, shardId), 'utf8').catch(absentAsUndefined);
    return json === undefined ? undefined : parseJson(CheckpointFile, json);
  }

  async write(mappingId: string, shardId: string, checkpoint: Checkpoint): Promise<void> {
    const file = this.#fileOf(mappingId, shardId);
    await mkdir(join(this.#directory, encodeURIComponent(mappingId)), { recursive: true });
    await writeFile(`${file}.new`, JSON.stringify(checkpoint));
    await rename(`${file}.new`, file);
  }

  #fileOf(mappingId: string, shardId: string): string {
    return join(this.#directory, encodeURIComponent(mappingId), `${encodeURIComponent(shardId)}.json`);
  }
}

function absentAsUndefined(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

/**
 * Writes the checkpoints of one shard, one at a time and only the newest of those that wait. A write that fails is
 * logged and made up for by the next one: an old checkpoint costs repeats, never records.
 */
export class CheckpointWriter {
  readonly #write: (checkpoint: Checkpoint) => Promise<void>;
  readonly #log: MappingLog;
  #waiting: Checkpoint | undefined;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(store: CheckpointStore, mappingId: string, shardId: string, log: MappingLog) {
    this.#write = (checkpoint) => store.write(mappingId, shardId, checkpoint);
    this.#log = log;
  }

  /** Takes a checkpoint that is further than all before it. Ignored once closed. */
  save(checkpoint: Checkpoint): void {
    if (this.#isClosed) return;
    this.#waiting = checkpoint;
    this.#writing ??= this.#writeAll();
  }

  /** Writes what waits and takes nothing more, so that whoever reads the shard next is not overtaken. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      try {
        await this.#write(next);
      } catch (error) {
        this.#log.error('A checkpoint could not be written', { error });
      }
    }
    this.#writing = undefined;
  }

  #take(): Checkpoint | undefined {
    const checkpoint = this.#waiting;
    this.#waiting = undefined;
    return checkpoint;
  }
}
