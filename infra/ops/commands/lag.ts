import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import * as z from 'zod';
import type { MappingLag } from '../../../contracts/api/operators.ts';
import { parse } from '../../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { iteratorAges } from '../../../pipelines/throughput/read-throughput.ts';
import { MAPPINGS_PATH, MappingStatuses } from '../../local/running/control-server.ts';
import { action, type CommandContext } from '../command-line/command.ts';
import { EXIT } from '../command-line/exit-codes.ts';
import type { OpsTarget } from '../target/ops-target.ts';

const CONTROL_TIMEOUT_MS = 5_000;

/** Reads the lag: of the local system from its mappings, shard by shard; of a stack from CloudWatch. */
async function readLag({ place, resources }: OpsTarget): Promise<readonly MappingLag[]> {
  if (place.kind === 'aws') {
    const functions = Object.entries(resources.consumers).map(
      ([consumer, { functionName }]) => [consumer, functionName] as const,
    );
    return iteratorAges(place.cloudWatch, Object.fromEntries(functions), systemClock.now());
  }
  const response = await fetch(place.running.controlUrl + MAPPINGS_PATH, {
    signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS),
  });
  return Object.entries(parse(MappingStatuses, await response.json())).flatMap(([mapping, shards]) =>
    shards.map(({ shardId, state, recordsWaiting, millisBehind, retries }) => ({
      mapping,
      shardId,
      state,
      recordsWaiting,
      secondsBehind: Math.round(millisBehind / MS_PER_SECOND),
      retries,
    })),
  );
}

const WATCH_INTERVAL_MS = 2_000;
const HEADS = ['mapping', 'shard', 'state', 'records waiting', 'seconds behind', 'retries'];

/** `lag`: how far each event source mapping is behind its stream. */
export function addLag(program: Command): void {
  program
    .command('lag')
    .description('Show how far each event source mapping is behind its stream, in records and in seconds.')
    .option('--watch', 'show it every two seconds, until you interrupt it', false)
    .action(action(z.object({ watch: z.boolean() }), lag));
}

async function lag({ target, out, signal }: CommandContext, { watch }: { watch: boolean }) {
  do {
    const lags = await readLag(target);
    out.table(HEADS, lags.map(rowOf), lags);
    if (watch) await sleep(WATCH_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  } while (watch && !signal.aborted);
  return EXIT.ok;
}

const rowOf = ({ mapping, shardId, state, recordsWaiting, secondsBehind, retries }: MappingLag) => [
  mapping,
  shardId ?? 'all',
  state ?? '',
  recordsWaiting ?? '',
  secondsBehind ?? 'no data',
  retries ?? '',
];
