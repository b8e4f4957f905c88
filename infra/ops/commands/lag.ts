import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import * as z from 'zod';
import type { MappingLag } from '../../../contracts/api/operators.ts';
import type { ConsumerStatus, SystemProblem, SystemStatus } from '../../../contracts/api/status.ts';
import { parse } from '../../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { consumerOf } from '../../local/console/throughput-history.ts';
import { MAPPINGS_PATH, MappingStatuses } from '../../local/running/control-server.ts';
import { duration } from '../command-line/arguments.ts';
import { action, type CommandContext } from '../command-line/command.ts';
import { EXIT, type ExitCode } from '../command-line/exit-codes.ts';
import { type Output, visible } from '../command-line/output.ts';
import type { OpsTarget } from '../target/ops-target.ts';
import { statusOf } from './status.ts';

const CONTROL_TIMEOUT_MS = 5_000;
const WATCH_INTERVAL_MS = 2_000;
const HEADS = ['mapping', 'shard', 'state', 'records waiting', 'seconds behind', 'attempt', 'since', 'why'];

/** The lag of a mapping, and why it lags. */
interface Lag extends MappingLag, Pick<ConsumerStatus, 'unreadSince'> {
  readonly attempt?: number;
  readonly since?: string;
  readonly cause?: SystemProblem['cause'];
}

const LagOptions = z.object({ watch: z.boolean(), maxLag: z.number().optional() });

/** `lag`: how far each event source mapping is behind its stream, and what it fails at. */
export function addLag(program: Command): void {
  program
    .command('lag')
    .description(
      'Show how far each event source mapping is behind its stream, what it fails at, since when and at which attempt.',
    )
    .option('--watch', 'show it every two seconds, until you interrupt it', false)
    .option(
      '--max-lag <duration>',
      'end with 1 if a mapping is further behind, with 3 if that cannot be read: 60s, 5m, 1h',
      duration(),
    )
    // The status probes what it depends on.
    .action(action(LagOptions, lag, []));
}

async function lag({ target, out, signal }: CommandContext, { watch, maxLag }: z.infer<typeof LagOptions>) {
  let code: ExitCode;
  do {
    const [status, shards] = await Promise.all([statusOf(target), readShards(target)]);
    code = showLag(out, status, shards, maxLag);
    if (watch) await sleep(WATCH_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  } while (watch && !signal.aborted);
  return code;
}

/**
 * Prints the lag of each mapping, and what could not be read.
 *
 * @param maxLag In seconds.
 * @returns {@link EXIT.differs} where a mapping is further behind, {@link EXIT.unreachable} where that is not known.
 */
export function showLag(
  out: Output,
  status: SystemStatus,
  shards: readonly MappingLag[],
  maxLag: number | undefined,
): ExitCode {
  const lags = lagsOf(status, shards);
  out.table(HEADS, lags.map(rowOf), lags);
  const unavailable = status.problems.filter(({ id }) => id.startsWith('source-unavailable:'));
  for (const { cause } of unavailable) console.error(visible(`${cause.message}: ${cause.code}`));
  if (maxLag === undefined) return EXIT.ok;
  const seconds = lags.map((one) => secondsBehindOf(one, status.at));
  if (seconds.some((behind) => behind !== undefined && behind > maxLag)) return EXIT.differs;
  // Where all is read, nothing waits for a mapping without a lag, unless it fails, is paused, or was resumed and has read nothing since.
  const isUnknown = lags.some(
    ({ state, unreadSince }, index) =>
      seconds[index] === undefined &&
      (unavailable.length > 0 || state === 'failing' || state === 'paused' || unreadSince !== undefined),
  );
  return isUnknown ? EXIT.unreachable : EXIT.ok;
}

/** Where the lag itself is not known, what fails or is paused is behind since then. */
const secondsBehindOf = ({ secondsBehind, since }: Lag, at: string): number | undefined =>
  secondsBehind ?? (since === undefined ? undefined : (Date.parse(at) - Date.parse(since)) / MS_PER_SECOND);

const lagsOf = (status: SystemStatus, shards: readonly MappingLag[]): readonly Lag[] =>
  status.consumers.flatMap((consumer) => {
    // Nothing waits in the shards of a consumer that reads a stream that is no longer the table's.
    const isStalled = status.problems.some(
      ({ consumer: of, cause }) => of === consumer.consumer && cause.code === 'nothing-read',
    );
    const own = shards.filter(({ mapping }) => mapping === consumer.consumer && !isStalled);
    return (own.length === 0 ? [{ mapping: consumer.consumer }] : own).map((shard) =>
      withReason(shard, consumer, status),
    );
  });

/** A shard that waits for a record that fails is not one that is being read. */
function withReason(shard: MappingLag, consumer: ConsumerStatus, { problems }: SystemStatus): Lag {
  const problem = problems.find(
    (one) => one.consumer === consumer.consumer && !one.id.startsWith('dead-letters:'),
  );
  const { state, secondsBehind, attempt, unreadSince } = consumer;
  const behind = [shard.secondsBehind, secondsBehind].filter((one) => one !== undefined);
  const since = consumer.failingSince ?? (state === 'paused' ? problem?.since : undefined);
  return {
    ...shard,
    state: state === 'running' ? (shard.state ?? state) : state,
    ...(behind.length === 0
      ? {}
      : { secondsBehind: state === 'running' ? (behind[0] ?? 0) : Math.max(...behind) }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(since === undefined ? {} : { since }),
    ...(unreadSince === undefined ? {} : { unreadSince }),
    ...(problem === undefined ? {} : { cause: problem.cause }),
  };
}

/** The open shards of the local system's mappings. Lambda does not report those of a stack. */
async function readShards({ place }: OpsTarget): Promise<readonly MappingLag[]> {
  if (place.kind === 'aws') return [];
  const response = await fetch(place.running.controlUrl + MAPPINGS_PATH, {
    signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS),
  });
  return Object.entries(parse(MappingStatuses, await response.json())).flatMap(([mapping, shards]) =>
    shards.map(({ shardId, state, recordsWaiting, millisBehind, retries }) => ({
      mapping: consumerOf(mapping),
      shardId,
      state,
      recordsWaiting,
      secondsBehind: Math.round(millisBehind / MS_PER_SECOND),
      retries,
    })),
  );
}

const rowOf = (one: Lag) => [
  one.mapping,
  one.shardId ?? 'all',
  one.state ?? '',
  one.recordsWaiting ?? '',
  one.secondsBehind ?? 'no data',
  one.attempt ?? '',
  one.since ?? '',
  one.cause === undefined ? '' : `${one.cause.code}: ${one.cause.message}`,
];
