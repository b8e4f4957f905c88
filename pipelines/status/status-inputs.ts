import type { ActivityEntry, SinkStatus, SystemStatus } from '../../contracts/api/status.ts';
import type { FailureItem } from '../../contracts/operations/operations-items.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import type { MappingDescription } from './consumer-mappings.ts';
import type { ConsumerMetrics, SystemMetrics } from './consumer-metrics.ts';
import type { LastRead } from './last-reads.ts';
import type { OpenCauses } from './open-dead-letters.ts';

/** A source of the status that did not respond. */
export interface UnavailableSource {
  readonly name: 'Lambda' | 'CloudWatch' | 'the operations table';
  readonly code: string;
}

/** What the status is made of. A member that is `undefined` could not be read, and is among `unavailable`. */
export interface StatusInputs {
  readonly at: Date;
  /** Those that last failed within a day: a paused consumer has reported none since. */
  readonly failures: readonly FailureItem[] | undefined;
  readonly mappings: Readonly<Partial<Record<ConsumerName, MappingDescription>>>;
  /** Of each consumer that does not have its one mapping, the error code. */
  readonly unmapped: Readonly<Partial<Record<ConsumerName, string>>>;
  readonly metrics: SystemMetrics | undefined;
  /** When each mapping last read a record, where Lambda and CloudWatch responded. */
  readonly lastReads: Readonly<Partial<Record<ConsumerName, LastRead>>>;
  readonly sinks: readonly SinkStatus[];
  readonly openCauses: OpenCauses | undefined;
  /** Who paused a consumer, where the activity log has it. */
  readonly pauses: Readonly<Partial<Record<ConsumerName, Pick<ActivityEntry, 'by' | 'at'>>>>;
  /** The metrics of a paused consumer as they were when it was paused, where CloudWatch has them. */
  readonly metricsAtPause: Readonly<Partial<Record<ConsumerName, ConsumerMetrics>>>;
  readonly verification?: SystemStatus['verification'];
  readonly unavailable: readonly UnavailableSource[];
}
