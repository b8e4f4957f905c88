import { installedShards } from '../../../pipelines/search/admin/install-indices.ts';
import { HEARTBEATS_INDEX, type IndexName, versionedIndex } from '../../../pipelines/search/index-names.ts';
import type { Checkpoint } from '../../../pipelines/search/reindex/checkpoint.ts';
import {
  type IndexState,
  type IndexVersions,
  readIndexState,
} from '../../../pipelines/search/reindex/index-steps.ts';
import { findLoss, type Loss } from '../../../pipelines/search/reindex/lost-index.ts';
import {
  askerOf,
  isOfRebuild,
  type ReindexDeps,
  type ReindexResult,
} from '../../../pipelines/search/reindex/reindex.ts';
import type { Output } from '../command-line/output.ts';

const ROWS_MAX = 20;

/** What `reindex` would do with one index. */
export interface ReindexPlan {
  readonly name: IndexName | typeof HEARTBEATS_INDEX;
  /** `undefined` where no index is read and written. */
  readonly live: string | undefined;
  readonly shadow: string | undefined;
  readonly would: string;
}

/** The options that choose what to do. */
interface Asked {
  readonly restart: boolean;
  readonly rollback: boolean;
  readonly finish: boolean;
  readonly lost: boolean;
  readonly shards?: number | undefined;
}

/** Plans what `reindex` would do with each index, and with a lost one of the heartbeats. Changes nothing. */
export async function plansOf(
  { openSearch }: Pick<ReindexDeps, 'openSearch'>,
  indices: readonly { readonly name: IndexName; readonly deps: PlanDeps }[],
  asked: Asked,
  signal: AbortSignal,
): Promise<readonly ReindexPlan[]> {
  const plans: ReindexPlan[] = [];
  for (const { name, deps } of indices) plans.push(await planOf(deps, name, asked, signal));
  const loss = asked.lost ? await findLoss(askerOf({ openSearch }, signal), HEARTBEATS_INDEX) : undefined;
  if (loss !== undefined) plans.push(planned(HEARTBEATS_INDEX, loss.before)(undefined, loss));
  return plans;
}

type PlanDeps = Pick<ReindexDeps, 'openSearch' | 'checkpoints'>;

async function planOf(
  deps: PlanDeps,
  name: IndexName,
  asked: Asked,
  signal: AbortSignal,
): Promise<ReindexPlan> {
  const ask = askerOf(deps, signal);
  const loss = asked.lost ? await findLoss(ask, name) : undefined;
  const state = loss === undefined ? await readIndexState(ask, name) : { ...loss.after, name };
  const checkpoint = await deps.checkpoints.read();
  const isOfAsked = async (index: string | undefined): Promise<boolean> =>
    checkpoint !== undefined && (await isOfRebuild(ask, checkpoint, index, asked));
  const plan = planned(name, loss?.before ?? state);
  if (asked.finish) return plan(finishPlan(state));
  if (asked.rollback) return plan(rollbackPlan(state));
  const shards = asked.shards ?? (await installedShards(ask, name));
  // What takes the place of a lost index is of no rebuild.
  if (loss?.replacement === undefined && (await isOfAsked(state.live.index)))
    return plan(`only delete the checkpoint of the rebuild that made ${state.live.index}`, loss);
  const unfinished = (await isOfAsked(state.shadow?.index)) ? checkpoint : undefined;
  return plan(rebuildPlan(state, shards, unfinished), loss);
}

const planned =
  (name: ReindexPlan['name'], { live, shadow }: IndexVersions) =>
  (would: string | undefined, loss?: Loss): ReindexPlan => ({
    name,
    live: live?.index,
    shadow: shadow?.index,
    would: [
      ...(loss?.red.map((index) => `delete ${index} (lost)`) ?? []),
      loss?.replacement && `create ${loss.replacement} (empty)`,
      would,
    ]
      .filter((part) => part !== undefined)
      .join(', '),
  });

/** What was done about a loss. */
export const replaced = (loss: Loss | undefined): string =>
  loss === undefined
    ? 'nothing is lost'
    : [
        ...loss.red.map((index) => `${index} deleted`),
        ...(loss.replacement === undefined ? [] : [`${loss.replacement} created (empty)`]),
      ].join(', ');

const finishPlan = ({ shadow }: IndexState): string =>
  shadow === undefined ? 'do nothing' : `delete ${shadow.index}`;

const rollbackPlan = ({ live, shadow }: IndexState): string =>
  shadow === undefined || shadow.version > live.version
    ? 'refuse: there is no older index'
    : `compare ${shadow.index} with the table and swap it with ${live.index}`;

function rebuildPlan(
  { name, shadow, nextVersion }: IndexState,
  shards: number | undefined,
  unfinished: Checkpoint | undefined,
): string {
  if (unfinished !== undefined)
    return `continue with ${unfinished.target}, which has ${unfinished.documents} documents, compare it with the table and swap it in`;
  const first = shadow === undefined ? '' : `delete ${shadow.index}, `;
  const withShards = shards === undefined ? '' : ` with ${shards} primary shard${shards === 1 ? '' : 's'}`;
  return `${first}create ${versionedIndex(name, nextVersion)}${withShards}, fill it from the table, compare it with the table and swap it in`;
}

/** Prints the plans. */
export function showPlans(out: Output, plans: readonly ReindexPlan[]): void {
  out.table(
    ['index', 'read and written', 'shadow', 'would'],
    plans.map(({ name, live, shadow, would }) => [name, live ?? '', shadow ?? '', would]),
    plans,
  );
}

/** Prints which indices were deleted. */
export function showFinished(
  out: Output,
  finished: readonly { readonly name: IndexName; readonly deleted: string | undefined }[],
): void {
  out.table(
    ['index', 'deleted'],
    finished.map(({ name, deleted }) => [name, deleted ?? 'nothing']),
    finished,
  );
}

/** Prints the results, and the first of the differences, refused documents and malformed items. */
export function showResults(out: Output, results: readonly ReindexResult[]): void {
  const json = results.map(({ findings, ...result }) => ({
    ...result,
    findings: findings.map(({ id, detail }) => ({ id, detail })),
  }));
  out.table(
    ['index', 'outcome', 'read and written', 'shadow', 'documents', 'repaired', 'malformed', 'refused'],
    results.map(({ name, outcome, live, shadow, documents, repaired, malformed, refused }) => [
      name,
      outcome,
      live,
      shadow ?? '',
      documents,
      repaired,
      malformed.length,
      refused.length,
    ]),
    json,
  );
  const lines = results.flatMap(({ name, findings, malformed, refused }) => [
    ...findings.map(({ id, detail }) => `differs    ${name}: ${id} ${detail}`),
    ...refused.map((id) => `refused    ${name}: ${id}`),
    ...malformed.map(({ pk, sk }) => `malformed  ${name}: ${pk} ${sk}`),
  ]);
  for (const line of lines.slice(0, ROWS_MAX)) out.line(line);
  if (lines.length > ROWS_MAX) out.line(`and ${lines.length - ROWS_MAX} more; --json lists them all`);
}
