import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, type Command } from 'commander';
import * as z from 'zod';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { RateLimiter } from '../../../pipelines/aws/rate-limiter.ts';
import type { ActionEnd } from '../../../pipelines/operations/activity.ts';
import { type IndexDefinition, SHARDS_MAX } from '../../../pipelines/search/admin/install-indices.ts';
import { HEARTBEATS_INDEX, INDEX_NAMES, type IndexName } from '../../../pipelines/search/index-names.ts';
import { replaceLost } from '../../../pipelines/search/reindex/lost-index.ts';
import {
  askerOf,
  finish,
  type ReindexDeps,
  type ReindexResult,
  type ReindexStep,
  reindex,
  rollBack,
  rollBackIfOlder,
} from '../../../pipelines/search/reindex/reindex.ts';
import { PROJECT_ROOT } from '../../local/machine/project-root.ts';
import { count, countUpTo, named, SEGMENTS_MAX, seconds } from '../command-line/arguments.ts';
import { CheckpointFile } from '../command-line/checkpoint-file.ts';
import { action, type CommandContext } from '../command-line/command.ts';
import { EXIT, type ExitCode } from '../command-line/exit-codes.ts';
import { indexSize, progressBar } from '../command-line/progress.ts';
import { recorded } from '../command-line/recorded.ts';
import { plansOf, replaced, showFinished, showPlans, showResults } from './reindex-output.ts';

const ROUNDS = 4;

export const ReindexArguments = z.object({
  args: z.array(z.enum(INDEX_NAMES)),
  all: z.boolean(),
  restart: z.boolean(),
  lost: z.boolean(),
  rollback: z.boolean(),
  finish: z.boolean(),
  dryRun: z.boolean(),
  segments: z.int(),
  recheck: z.number(),
  rate: z.int().optional(),
  shards: z.int().optional(),
  checkpoints: z.string(),
});
type ReindexArguments = z.infer<typeof ReindexArguments>;

const STEPS: Readonly<Record<ReindexStep, string>> = {
  create: 'Creating the new index, or finding the unfinished one.',
  notice: 'Waiting until every writer also writes to it.',
  backfill: 'Filling it from the table.',
  verify: 'Comparing it with the table.',
  swap: 'Swapping the aliases.',
};

/** `reindex`: rebuilds an index while it is read and written. */
export function addReindex(program: Command): void {
  program
    .command('reindex')
    .description('Rebuild indices from the table. Searches continue throughout.')
    .addArgument(new Argument('[names...]', 'the indices to rebuild').choices([...INDEX_NAMES]))
    .option('--all', 'rebuild all indices, one after the other', false)
    .option('--restart', 'discard an unfinished rebuild and start over', false)
    .option(
      '--lost',
      'first replace each index that is lost, and that of the heartbeats, by an empty one',
      false,
    )
    .option('--rollback', 'compare the old index with the table, then swap back to it', false)
    .option('--finish', 'delete the old index, or the index of an unfinished rebuild', false)
    .option('--dry-run', 'show what would be done and change nothing', false)
    .option(
      '--segments <number>',
      `scan this many segments of the table in parallel, up to ${SEGMENTS_MAX}`,
      countUpTo(SEGMENTS_MAX),
      4,
    )
    .option('--rate <number>', 'write at most this many documents a second (default: no limit)', count)
    .option(
      '--shards <number>',
      `give the new index this many primary shards, up to ${SHARDS_MAX} (default: as the stack's parameter SearchShards)`,
      countUpTo(SHARDS_MAX),
    )
    .option('--recheck <seconds>', 'wait this long before each recheck of a difference', seconds, 2)
    .option(
      '--checkpoints <folder>',
      'the folder for the checkpoints of unfinished rebuilds',
      named,
      join(PROJECT_ROOT, '.data'),
    )
    .hook('preAction', (command) => {
      const { all, rollback, finish: ends, restart, lost, shards, rate } = command.opts();
      if (command.args.length > 0 === all) command.error('error: name indices or use --all, not both');
      if ([rollback, ends, restart].filter(Boolean).length > 1)
        command.error('error: use only one of --restart, --rollback and --finish');
      if (lost && (rollback || ends))
        command.error('error: --lost is for a rebuild, not for --rollback or --finish');
      if ((shards ?? rate) !== undefined && (rollback || ends))
        command.error('error: --shards and --rate are for a rebuild, not for --rollback or --finish');
    })
    .action(action(ReindexArguments, runReindex, ['table', 'operations-table', 'open-search']));
}

/** Rebuilds indices, rolls back to the old ones, or deletes them. The activity log has each. */
export async function runReindex(context: CommandContext, options: ReindexArguments): Promise<ExitCode> {
  const { out, signal } = context;
  const names = options.all ? INDEX_NAMES : options.args;
  const all = names.map((name) => ({ name, deps: depsOf(context, name, options) }));
  if (options.dryRun) {
    showPlans(out, await plansOf(context.target, all, options, signal));
    return EXIT.ok;
  }
  if (options.finish) {
    const finishOne = async ({ name, deps }: AskedIndex) => {
      const deleted = await recorded(
        context.target,
        askedFor(name, options),
        () => finish(deps, name, signal),
        (index) => ({ outcome: 'done', detail: `${index ?? 'nothing'} deleted` }),
      );
      return { name, deleted };
    };
    await oneByOne(all, finishOne, (finished) => showFinished(out, finished));
    return EXIT.ok;
  }
  // All of them first: a write to one that is lost holds up those to the others.
  if (options.lost) for (const name of [...names, HEARTBEATS_INDEX]) await replace(context, name, options);
  const rebuildOne = ({ name, deps }: AskedIndex): Promise<ReindexResult> =>
    recorded(context.target, askedFor(name, options), () => rebuild(context, deps, name, options), endOf);
  // The one that was begun goes on from its checkpoint.
  const again = options.restart ? ', and without --restart' : '';
  const results = await oneByOne(all, rebuildOne, (some) => showResults(out, some), again);
  return results.every(({ outcome }) => outcome === 'swapped') ? EXIT.ok : EXIT.differs;
}

/** An index that is asked for. */
interface AskedIndex {
  readonly name: IndexName;
  readonly deps: ReindexDeps;
}

/** Does one index after the other, and shows the results: those that there are also where an error or an interruption ends it. */
async function oneByOne<Result>(
  indices: readonly AskedIndex[],
  run: (index: AskedIndex) => Promise<Result>,
  show: (results: readonly Result[]) => void,
  again = '',
): Promise<readonly Result[]> {
  const results: Result[] = [];
  try {
    for (const index of indices) results.push(await run(index));
  } catch (error) {
    if (results.length > 0) {
      show(results);
      const names = indices.slice(results.length).map(({ name }) => name);
      console.error(`Not done: ${names.join(', ')}. Repeat the command with these names alone${again}.`);
    }
    throw error;
  }
  show(results);
  return results;
}

/** Replaces what is lost of an index. The activity log has it apart from the rebuild. */
async function replace(
  { target, signal }: CommandContext,
  name: string,
  options: ReindexArguments,
): Promise<void> {
  const shards = name === HEARTBEATS_INDEX ? undefined : options.shards;
  const loss = await recorded(
    target,
    { action: 'reindex', target: `${name}, lost` },
    () => replaceLost(askerOf(target, signal), { ...definitionOf(name), shards }),
    (found) => ({ outcome: 'done', detail: replaced(found) }),
  );
  console.error(`${name}: ${replaced(loss)}.`);
}

function definitionOf(name: string): IndexDefinition {
  const definition = indexDefinitions.find((one) => one.name === name);
  if (definition === undefined) throw new RangeError(`There is no definition of ${name}`);
  return definition;
}

/** What the activity log has of an index. */
const askedFor = (name: IndexName, options: ReindexArguments) => {
  const asked = (['restart', 'rollback', 'finish'] as const).filter((option) => options[option]);
  return { action: 'reindex', target: [name, ...asked].join(', ') } as const;
};

function endOf({ outcome, live, findings }: ReindexResult): ActionEnd {
  if (outcome === 'swapped') return { outcome: 'done', detail: `${live} is read` };
  if (outcome === 'no-older-index')
    return { outcome: 'failed', detail: `no older index: ${live} is still read` };
  return { outcome: 'partly', detail: `${findings.length} differences: ${live} is still read` };
}

const depsOf = (
  { target }: CommandContext,
  name: IndexName,
  { checkpoints }: ReindexArguments,
): ReindexDeps => ({
  dynamoDb: target.dynamoDb,
  tableName: target.resources.tableName,
  openSearch: target.openSearch,
  emailHash: target.emailHash,
  checkpoints: new CheckpointFile(join(checkpoints, `reindex-${target.resources.tableName}-${name}.json`)),
  nowMs: Date.now,
  wait: (ms, signal) => sleep(ms, undefined, { signal }),
});

async function rebuild(
  { target, signal }: CommandContext,
  deps: ReindexDeps,
  name: IndexName,
  { all, args, segments, recheck, restart, rollback, rate, shards }: ReindexArguments,
): Promise<ReindexResult> {
  const options = { segments, rounds: ROUNDS, recheckMs: recheck * MS_PER_SECOND, signal, restart };
  // Of several indices, the others may have an older one.
  const isOfSeveral = all || args.length > 1;
  if (rollback) return (isOfSeveral ? rollBackIfOlder : rollBack)(deps, name, options);
  const total = await indexSize(target.openSearch, name);
  let bar: ReturnType<typeof progressBar> | undefined;
  try {
    return await reindex(
      deps,
      name,
      { ...definitionOf(name), shards },
      {
        ...options,
        rateLimiter: rate === undefined ? undefined : new RateLimiter({ perSecond: rate }),
        onStep: (step) => {
          bar?.end();
          console.error(`${name}: ${STEPS[step]}`);
          bar = step === 'backfill' ? progressBar(name, total) : undefined;
        },
        onDocuments: (documents) => bar?.advance(documents),
      },
    );
  } finally {
    bar?.end();
  }
}
