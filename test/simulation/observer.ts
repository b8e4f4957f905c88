import type { _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import type { ConsumerName } from '../../contracts/stream.ts';
import type { Checkpoint } from '../../infra/local/event-source-mapping/checkpoints.ts';
import type { StreamChange } from '../../pipelines/stream/stream-change.ts';
import type { QueueChange } from './models/queues.ts';
import type { Change } from './models/table.ts';

/** A truth that a run made untrue. */
export class InvariantViolation extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.invariant = invariant;
  }
}

/** Sees each step of a run and throws an {@link InvariantViolation} at the first one that must not be. */
export interface Observer {
  /** A request has changed items. */
  committed?(changes: readonly Change[]): void;
  /** A request has changed items of the OperationsTable. */
  recorded?(changes: readonly Change[]): void;
  /** A message was put on a queue, or deleted. */
  queued?(change: QueueChange): void;
  /** A record is in the stream. */
  appended?(record: SdkRecord, shardId: string): void;
  /** The topic has accepted a message. */
  published?(body: string): void;
  /** A consumer begins with a change of the stream's. */
  handling?(consumer: ConsumerName, change: StreamChange): void;
  /** It has done with it; the mapping need not deliver it again. */
  handled?(consumer: ConsumerName, change: StreamChange): void;
  /** A replay of a record of a consumer has succeeded. */
  replayed?(consumer: ConsumerName, eventId: string): void;
  /** A batch is at the on-failure destination of its mapping. */
  givenUp?(consumer: ConsumerName, records: readonly unknown[]): void;
  /** A mapping has stored that it is so far. */
  checkpointed?(consumer: ConsumerName, shardId: string, checkpoint: Checkpoint): void;
  /** All work has ended, and the queues hold only what cannot succeed. */
  atRest?(): void;
}
