import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import * as z from 'zod';
import type { MappingLag } from '../../../contracts/api/flow.ts';
import { action, type CommandContext } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { readLag } from './read-lag.ts';

const WATCH_INTERVAL_MS = 2_000;
const HEADS = ['mapping', 'shard', 'state', 'records waiting', 'seconds behind', 'retries'];

/** `lag`: how far behind each mapping is. */
export function addLag(program: Command): void {
  program
    .command('lag')
    .description('shows how far behind each mapping is, in records and in time')
    .option('--watch', 'show it again every two seconds until it is interrupted', false)
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
