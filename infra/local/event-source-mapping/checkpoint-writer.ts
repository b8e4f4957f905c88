import type { Checkpoint, CheckpointStore } from './checkpoint-store.ts';
import type { MappingLog } from './mapping-log.ts';

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
