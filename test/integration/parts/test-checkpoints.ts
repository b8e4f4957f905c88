import { Checkpoint, type CheckpointStore } from '../../../pipelines/search/reindex/checkpoint.ts';

/** Keeps a checkpoint as a file would; ends the process, so to speak, at a write. */
export class TestCheckpoints implements CheckpointStore {
  text: string | undefined;
  writes = 0;
  diesAtWrite = Number.POSITIVE_INFINITY;

  async read() {
    return this.text === undefined ? undefined : Checkpoint.parse(JSON.parse(this.text));
  }

  async write(checkpoint: Checkpoint): Promise<void> {
    this.writes += 1;
    if (this.writes >= this.diesAtWrite) throw new Error('killed');
    this.text = JSON.stringify(checkpoint);
  }

  async remove(): Promise<void> {
    this.text = undefined;
  }
}
