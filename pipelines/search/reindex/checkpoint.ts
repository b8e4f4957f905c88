import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { OrderStreamError } from '../../errors.ts';

const Key = z.record(
  z.string(),
  z.object({ S: z.string() }).transform((value): AttributeValue => value),
);

/** The progress of a rebuild. */
export const Checkpoint = z.object({
  /** The index that is built, and its id: a position is valid for that index only. */
  target: z.string(),
  targetUuid: z.string(),
  /** When it was created, in epoch milliseconds. */
  createdAtMs: z.int(),
  /** Where each segment of the scan continues; absent from one that is complete or not started. */
  segments: z.array(z.object({ isDone: z.boolean(), next: Key.optional() })).min(1),
  documents: z.int().nonnegative(),
  /** The keys of the items that break their contract. */
  malformed: z.array(z.object({ pk: z.string(), sk: z.string() })),
  /** The ids of the documents that the index refused. */
  refused: z.array(z.string()),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** Where the checkpoint of a rebuild outlives the process. Writes come one at a time. */
export interface CheckpointStore {
  read(): Promise<Checkpoint | undefined>;
  /** Resolves once the checkpoint survives a crash. */
  write(checkpoint: Checkpoint): Promise<void>;
  remove(): Promise<void>;
}

/** The checkpoint of a rebuild that has read nothing yet. */
export const firstCheckpoint = (
  created: Pick<Checkpoint, 'target' | 'targetUuid' | 'createdAtMs'>,
  segments: number,
): Checkpoint => ({
  ...created,
  segments: Array.from({ length: segments }, () => ({ isDone: false })),
  documents: 0,
  malformed: [],
  refused: [],
});

/** The aliases of an index are in no state that a rebuild produces, so that the correct state is not guessed. */
export class IndexStateError extends OrderStreamError {
  readonly code = 'index-state';
  readonly remedy: string =
    'Check the aliases of the index (GET /_alias), and give its read and write alias to one index.';
}

/** No index has the read and the write alias. */
export class IndexMissingError extends IndexStateError {
  override readonly remedy =
    'Make the index from the table: npm run ops -- reindex NAME --lost. If only its aliases are missing, give them back instead.';
}

/** There is no older index to roll back to. */
export class NothingToRollBackError extends OrderStreamError {
  readonly code = 'nothing-to-roll-back';
  readonly remedy = 'Rebuild the index instead: npm run ops -- reindex.';
}
