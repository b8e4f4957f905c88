import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../../contracts/reading.ts';
import type { MappingLog } from './activity.ts';

/** The position of a mapping in one shard. */
export type Checkpoint =
  /** Every record up to and including this one is handled. */
  | { readonly position: 'after'; readonly sequenceNumber: string }
  /** The shard is closed and all its records are handled: its children may be read. */
  | { readonly position: 'shard-end' };

/** Keeps checkpoints. Writes for one shard come one at a time, in order. */
export interface CheckpointStore {
  read(mappingId: string, shardId: string): Promise<Checkpoint | undefined>;
  write(mappingId: string, shardId: string, checkpoint: Checkpoint): Promise<void>;
}

const CheckpointFile = z.discriminatedUnion('position', [
  z.object({ position: z.literal('after'), sequenceNumber: z.string().regex(/^\d+$/) }),
  z.object({ position: z.literal('shard-end') }),
]);

/** Keeps checkpoints in memory: each start of the process begins at the starting position. */
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
 * One JSON file for each shard, `<directory>/<mapping>/<shard>.json`. A rename replaces it: a reader finds the old checkpoint or the
 * new one, never a partial one. It survives the end of the process but not a power failure, because it is not synced.
 */
export class FileCheckpointStore implements CheckpointStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws InvalidValueError if the file does not contain a checkpoint. */
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
 * Writes the checkpoints of one shard, one at a time, and only the newest of those that wait. A failed write is logged, and the next
 * one replaces it: an old checkpoint causes repeats and never loses records.
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

  /** Saves a checkpoint that is after all earlier ones. Ignored when closed. */
  save(checkpoint: Checkpoint): void {
    if (this.#isClosed) return;
    this.#waiting = checkpoint;
    this.#writing ??= this.#writeAll();
  }

  /** Writes the waiting checkpoint and ignores later ones, so that they cannot overwrite those of the shard's next reader. */
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
