import type { DynamoDBRecord } from 'aws-lambda';
import pLimit from 'p-limit';
import {
  type DeadLetterSelection,
  isOfAnotherItem,
  type ReplayStep,
} from '../../../contracts/api/dead-letters.ts';
import { parseKey } from '../../../contracts/entities/entities.ts';
import { type ItemKey, keyInPath } from '../../../contracts/entities/entity.ts';
import { ContractViolationError } from '../../errors.ts';
import { causeIdOf } from '../../operations/dead-letter-entry.ts';
import { addressOfKey } from '../../search/documents.ts';
import { decodeChange } from '../../stream/decode.ts';
import { type CausedFailure, causeCounts, issueOf } from '../list/dead-letter-causes.ts';
import { type OpenDeadLetter, SELECTED_MAX, selectedDeadLetters } from '../list/dead-letter-selection.ts';
import { readCurrent } from '../parse/current-record.ts';
import type { OperatorDeps } from './selected-queues.ts';

type Expected = keyof ReplayStep['outcomes'] | CausedFailure;

const READS_AT_ONCE = 16;
/** What fails again as long as the item is as it was. */
const UNTIL_CHANGED: ReadonlySet<string> = new Set(['sink-refused', 'record-not-of-table']);

/**
 * Predicts a replay from what the table holds now, and changes nothing: a dead letter for a broken item fails again as long as the
 * item, or that which its issues name, violates its contract, one that a sink refused or the table contradicts as long as the item did not change, and one of a deleted order that waited for its removal. Of batches, of sinks that did not
 * respond, and of the product of an order, it expects the best.
 *
 * @param sampleMax The most that it looks at, the latest; all without it. `remaining` counts all.
 * @param enough Ends the prediction when it aborts: it is then of those that it has looked at.
 * @throws the signal's reason when it aborts; the SDK's own errors.
 */
export async function predictReplay(
  deps: Pick<OperatorDeps, 'dynamoDb' | 'tableName' | 'store'>,
  selection: DeadLetterSelection,
  signal: AbortSignal,
  { sampleMax = SELECTED_MAX, enough }: { readonly sampleMax?: number; readonly enough?: AbortSignal } = {},
): Promise<ReplayStep> {
  const { items } = await selectedDeadLetters(deps.store, selection);
  const limit = pLimit(READS_AT_ONCE);
  const looked = await Promise.all(
    items
      .slice(0, sampleMax)
      .map((item) =>
        limit(async () => (enough?.aborted ? undefined : await expectation(deps, item, signal))),
      ),
  );
  const expected = looked.filter((one) => one !== undefined);
  const failures = expected.filter((one) => typeof one === 'object');
  const count = (outcome: Expected): number => expected.filter((one) => one === outcome).length;
  return {
    outcomes: {
      replayed: count('replayed'),
      itemDeleted: count('itemDeleted'),
      failed: failures.length,
      skipped: count('skipped'),
    },
    failures: causeCounts(failures),
    remaining: items.length,
    records: items.reduce((sum, { records }) => sum + records, 0),
    failedRecords: 0,
  };
}

async function expectation(
  { dynamoDb, tableName }: Pick<OperatorDeps, 'dynamoDb' | 'tableName'>,
  item: OpenDeadLetter,
  signal: AbortSignal,
): Promise<Expected> {
  const { kind, key, reason } = item;
  if (kind === 'unreadable') return 'skipped';
  if (kind !== 'record' || key === undefined) return 'replayed';
  const stored = (of: ItemKey) => readCurrent(dynamoDb, tableName, of, signal);
  const [otherKey] = reason.issues.flatMap(({ path }) => keyInPath(path) ?? []);
  const other = otherKey && (await stored(otherKey));
  if (other !== undefined && issuesOf(other) !== undefined) return failureAsBefore(item);
  const isSound =
    reason.code !== 'contract-violation' || reason.issues.some(({ path }) => isOfAnotherItem(path));
  return expectationFrom(await stored(key), { ...item, key }, isSound);
}

/** @param isSound Whether the record of the dead letter keeps its contract. */
function expectationFrom(
  current: DynamoDBRecord | undefined,
  item: OpenDeadLetter & { readonly key: ItemKey },
  isSound: boolean,
): Expected {
  const { key, consumer, entity, reason, failedAt } = item;
  // A sound record is replayed as it is, unless its consumer indexes what the table holds.
  const isReplayedAsIs = consumer === 'order-events' && isSound;
  if (current === undefined) {
    if (reason.code === 'removal-not-processed' || isRefusedRemoval(consumer, key, reason))
      return failureAsBefore(item);
    return isReplayedAsIs ? 'replayed' : 'itemDeleted';
  }
  const issues = issuesOf(current);
  if (issues !== undefined && !isReplayedAsIs)
    return {
      causeId: causeIdOf('contract-violation', entity, issues[0]),
      reason: 'contract-violation',
      issue: issueOf(issues),
    };
  const isUnchanged = (current.dynamodb?.NewImage?.['updatedAt']?.S ?? '') <= failedAt;
  return UNTIL_CHANGED.has(reason.code) && isUnchanged ? failureAsBefore(item) : 'replayed';
}

const failureAsBefore = ({ causeId, reason }: OpenDeadLetter): CausedFailure => ({
  causeId,
  reason: reason.code,
  issue: issueOf(reason.issues),
});

/** Whether it is of a removal that says no version to delete a document under: only then an old image is to blame. */
function isRefusedRemoval(
  consumer: OpenDeadLetter['consumer'],
  key: ItemKey,
  { issues }: OpenDeadLetter['reason'],
): boolean {
  const named = parseKey(key);
  const isSearched = named !== undefined && addressOfKey(named) !== undefined;
  return consumer === 'search-index' && isSearched && issues.some(({ path }) => path === 'OldImage.version');
}

function issuesOf(record: unknown): OpenDeadLetter['reason']['issues'] | undefined {
  try {
    decodeChange(record);
    return undefined;
  } catch (error) {
    if (error instanceof ContractViolationError) return [...error.issues];
    throw error;
  }
}
