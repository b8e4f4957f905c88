import type { ItemKey } from '../../../contracts/entities/entity.ts';
import type { RateLimiter } from '../../aws/rate-limiter.ts';
import type { Finding } from '../../reconciliation/findings.ts';
import type { Ask } from '../admin/admin-request.ts';
import type { IndexDefinition } from '../admin/install-indices.ts';
import { SHADOW_AGE_MS_MAX } from '../admin/shadow-aliases.ts';
import type { IndexName } from '../index-names.ts';
import { REQUEST_TIMEOUT_MS } from '../indexing/search-index.ts';
import { openSearchResponse } from '../open-search.ts';
import { backfill } from './backfill.ts';
import {
  type Checkpoint,
  type CheckpointStore,
  firstCheckpoint,
  IndexStateError,
  NothingToRollBackError,
} from './checkpoint.ts';
import { type CompareDeps, type CompareOptions, compareAndRepair } from './compare-shadow.ts';
import {
  createShadow,
  deleteShadow,
  type IndexState,
  readIndexState,
  readIndexUuid,
  readShards,
  swap,
} from './index-steps.ts';
import { ShadowWriter } from './shadow-writer.ts';

/** What a rebuild works on. */
export interface ReindexDeps extends CompareDeps {
  readonly checkpoints: CheckpointStore;
  readonly nowMs: () => number;
  /** Waits; throws when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** How an index is rebuilt. */
export interface ReindexOptions extends CompareOptions {
  /** How long every writer has to detect the new index; {@link SHADOW_NOTICE_MS} by default. */
  readonly noticeMs?: number | undefined;
  /** Whether an unfinished rebuild is deleted and started again. */
  readonly restart: boolean;
  readonly rateLimiter?: Pick<RateLimiter, 'acquire'> | undefined;
  /** Called with each step as it begins. */
  readonly onStep?: ((step: ReindexStep) => void) | undefined;
  readonly onDocuments?: ((count: number) => void) | undefined;
}

/** The steps of a rebuild, in their order. */
export type ReindexStep = 'create' | 'notice' | 'backfill' | 'verify' | 'swap';

/** The result of a rebuild, or of a rollback. */
export interface ReindexResult {
  readonly name: IndexName;
  /** Nothing was swapped where it `differs`, and where a rollback finds `no-older-index`. */
  readonly outcome: 'swapped' | 'differs' | 'no-older-index';
  /** The index that is read now, and its shadow index. */
  readonly live: string;
  readonly shadow: string | undefined;
  readonly documents: number;
  /** How many documents the verification repaired. */
  readonly repaired: number;
  readonly findings: readonly Finding[];
  readonly malformed: readonly ItemKey[];
  /** The ids of the documents that the new mapping refused. */
  readonly refused: readonly string[];
}

/** The maximum age of a writer's knowledge, the time limit of its last request, and some seconds more. */
export const SHADOW_NOTICE_MS = SHADOW_AGE_MS_MAX + REQUEST_TIMEOUT_MS + 5_000;
const ADMIN_TIMEOUT_MS = 60_000;

/** Sends administrative requests to OpenSearch, with a time-out for a busy cluster. */
export const askerOf =
  ({ openSearch }: Pick<CompareDeps, 'openSearch'>, signal: AbortSignal): Ask =>
  (request) =>
    openSearchResponse(openSearch, request, { timeoutMs: ADMIN_TIMEOUT_MS, signals: [signal] });

/**
 * Rebuilds an index while it is read and written. It creates the next version as a shadow index, which every write also goes
 * to; waits until all writers know of it; fills it from the table; compares it with the table; and swaps the two. The old index
 * is then the shadow index, so that it is current for {@link rollBack}.
 *
 * Continues at the checkpoint after an interruption at any point, also where only the checkpoint is left, unless it is to have another number of
 * shards since.
 *
 * @throws IndexStateError, IndexInstallationError, SearchUnavailableError, or the clients' own errors.
 */
export async function reindex(
  deps: ReindexDeps,
  name: IndexName,
  definition: IndexDefinition,
  options: ReindexOptions,
): Promise<ReindexResult> {
  const { signal, onStep = () => undefined } = options;
  const ask = askerOf(deps, signal);
  const state = await readIndexState(ask, name);
  const found = await deps.checkpoints.read();
  const asked = { restart: options.restart, shards: definition.shards };
  if (found !== undefined && (await isOfRebuild(ask, found, state.live.index, asked))) {
    await deps.checkpoints.remove();
    return resultOf(state, found, { repaired: 0, findings: [] }, 'swapped');
  }
  const resumes = found !== undefined && (await isOfRebuild(ask, found, state.shadow?.index, asked));
  onStep('create');
  const begun = resumes ? found : await begin(deps, ask, state, definition, options);
  onStep('notice');
  const noticeMs = options.noticeMs ?? SHADOW_NOTICE_MS;
  await deps.wait(Math.max(0, begun.createdAtMs + noticeMs - deps.nowMs()), signal);
  onStep('backfill');
  const writer = new ShadowWriter(deps.openSearch);
  const filled = await backfill({ ...deps, ...options, writer }, name, begun, signal);
  onStep('verify');
  const compared = await compareAndRepair(deps, name, filled.target, options);
  const ready = await readIndexState(ask, name);
  if (ready.shadow?.index !== filled.target)
    throw new IndexStateError(`${filled.target} is no longer the shadow index of ${name}`);
  if (compared.findings.length > 0) return resultOf(ready, filled, compared, 'differs');
  onStep('swap');
  const swapped = await swapRefreshed(deps, ask, ready);
  await deps.checkpoints.remove();
  return resultOf(swapped, filled, compared, 'swapped');
}

/**
 * Makes the old index the live one again, after a comparison with the table, and the new one its shadow index.
 *
 * @throws NothingToRollBackError where the shadow index is not an older index; otherwise as {@link reindex}.
 */
export async function rollBack(
  deps: CompareDeps,
  name: IndexName,
  options: CompareOptions,
): Promise<ReindexResult> {
  const result = await rollBackIfOlder(deps, name, options);
  if (result.outcome === 'no-older-index')
    throw new NothingToRollBackError(`${name} has no older index that is kept`);
  return result;
}

/** As {@link rollBack}, for one of several indices: the result says where there is no older index. */
export async function rollBackIfOlder(
  deps: CompareDeps,
  name: IndexName,
  options: CompareOptions,
): Promise<ReindexResult> {
  const ask = askerOf(deps, options.signal);
  const state = await readIndexState(ask, name);
  const { live, shadow } = state;
  if (shadow === undefined || shadow.version > live.version)
    return resultOf(state, undefined, { repaired: 0, findings: [] }, 'no-older-index');
  const compared = await compareAndRepair(deps, name, shadow.index, options);
  if (compared.findings.length > 0) return resultOf(state, undefined, compared, 'differs');
  return resultOf(await swapRefreshed(deps, ask, state), undefined, compared, 'swapped');
}

/** Deletes the shadow index, the old one or an unfinished one. @returns its name; `undefined` where there is none. */
export async function finish(
  deps: Pick<ReindexDeps, 'openSearch' | 'checkpoints'>,
  name: IndexName,
  signal: AbortSignal,
): Promise<string | undefined> {
  const ask = askerOf(deps, signal);
  const state = await readIndexState(ask, name);
  await deleteShadow(ask, state);
  await deps.checkpoints.remove();
  return state.shadow?.index;
}

async function begin(
  deps: ReindexDeps,
  ask: Ask,
  state: IndexState,
  definition: IndexDefinition,
  { segments }: ReindexOptions,
): Promise<Checkpoint> {
  await deleteShadow(ask, state);
  const { index: target } = await createShadow(ask, state, definition);
  const targetUuid = await readIndexUuid(ask, target);
  const checkpoint = firstCheckpoint({ target, targetUuid, createdAtMs: deps.nowMs() }, segments);
  await deps.checkpoints.write(checkpoint);
  return checkpoint;
}

/**
 * Whether a checkpoint is of the rebuild that is asked for, into exactly this index: none that is to start over, or to have another number of primary
 * shards.
 */
export async function isOfRebuild(
  ask: Ask,
  { target, targetUuid }: Checkpoint,
  index: string | undefined,
  { restart, shards }: { readonly restart: boolean; readonly shards?: number | undefined },
): Promise<boolean> {
  if (restart || index !== target || (await readIndexUuid(ask, index)) !== targetUuid) return false;
  return shards === undefined || shards === (await readShards(ask, index));
}

// A search finds what was written before the last refresh. After this refresh the new index shows all that the old one showed.
async function swapRefreshed({ openSearch }: CompareDeps, ask: Ask, state: IndexState): Promise<IndexState> {
  await openSearch.indices.refresh({ index: state.shadow?.index ?? state.live.index });
  await swap(ask, state);
  return { ...state, live: state.shadow ?? state.live, shadow: state.live };
}

const resultOf = (
  { name, live, shadow }: IndexState,
  checkpoint: Checkpoint | undefined,
  { repaired, findings }: { readonly repaired: number; readonly findings: readonly Finding[] },
  outcome: ReindexResult['outcome'],
): ReindexResult => ({
  name,
  outcome,
  live: live.index,
  shadow: shadow?.index,
  documents: checkpoint?.documents ?? 0,
  repaired,
  findings,
  malformed: checkpoint?.malformed ?? [],
  refused: checkpoint?.refused ?? [],
});
