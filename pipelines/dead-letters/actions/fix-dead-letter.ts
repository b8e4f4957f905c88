import { GetItemCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DeadLetterId, FixDeadLetter, FixResult } from '../../../contracts/api/dead-letters.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import type { DeadLetterItem } from '../../../contracts/operations/operations-items.ts';
import { instantOf } from '../../clock.ts';
import { ConditionsFailedError, commit } from '../../dynamodb/commit.ts';
import { retryOnConflict } from '../../dynamodb/optimistic-lock.ts';
import { failureReason } from '../../errors.ts';
import { ConflictError, NotFoundError } from '../../request-errors.ts';
import { twinOf } from '../list/show-dead-letter.ts';
import type { ReplayResult } from '../replay/replay-dead-letter.ts';
import { fixedItem, type Image } from './fix-item.ts';
import { replaySelection } from './replay-selection.ts';
import type { OperatorDeps } from './selected-queues.ts';

/** The dead letter has no item in the table that could be fixed. */
export class NotFixableError extends ConflictError {
  readonly code = 'not-fixable';
  readonly remedy = 'Replay the dead letter, or purge it.';
}

/** Another writer changed the item since the fix read it. */
export class ItemChangedError extends ConflictError {
  readonly code = 'item-changed';
  readonly remedy = 'Look at the dead letter again, then decide whether the item still needs the fix.';

  constructor() {
    super('The item changed meanwhile; nothing was written.');
  }
}

const REPLAY_RATE = 20;

/**
 * Fixes the item of a dead letter in the table, then replays the dead letter and its twin of the other consumer. Writes only an item
 * that keeps its contract, with the next version, and only over the item that it has read.
 *
 * @returns what it did, or of a dry run or with issues what it would do.
 * @throws NotFoundError; NotFixableError; ItemChangedError; the SDK's own errors. A replay that fails does not undo the fix, and
 * is in the result.
 */
export async function fixDeadLetter(
  deps: OperatorDeps,
  { id, set, dryRun, actor }: FixDeadLetter & { readonly id: DeadLetterId; readonly actor: string },
  signal: AbortSignal,
): Promise<FixResult> {
  const deadLetter = await deps.store.get(id);
  if (deadLetter === undefined) throw new NotFoundError('dead letter');
  const { key } = deadLetter;
  if (key === undefined) throw new NotFixableError('The dead letter is of no single item.');
  const image = await readImage(deps, key);
  if (image === undefined) throw new NotFixableError('The table no longer holds the item.');
  const fixed = fixedItem(image, key, set, deps);
  const result = { isApplied: false, issues: [...fixed.issues], changes: [...fixed.changes], replays: [] };
  if (dryRun || fixed.issues.length > 0) return result;
  await write(deps, key, image, fixed.image);
  return { ...result, isApplied: true, replays: await replays(deps, deadLetter, actor, signal) };
}

async function readImage(
  { dynamoDb, tableName }: Pick<OperatorDeps, 'dynamoDb' | 'tableName'>,
  key: ItemKey,
): Promise<Image | undefined> {
  const { Item } = await dynamoDb.send(
    new GetItemCommand({ TableName: tableName, Key: marshall(key), ConsistentRead: true }),
  );
  return Item;
}

async function write(
  { dynamoDb, tableName }: Pick<OperatorDeps, 'dynamoDb' | 'tableName'>,
  key: ItemKey,
  before: Image,
  after: Image,
): Promise<void> {
  try {
    await retryOnConflict(() => commit(dynamoDb, [changeOf(tableName, key, before, after)]));
  } catch (error) {
    throw error instanceof ConditionsFailedError ? new ItemChangedError() : error;
  }
}

/**
 * The write of the attributes that differ, as long as each of them is as it was read. The version is one of them. Where an item has none, a writer
 * that bypasses the API is found by what it changed.
 */
function changeOf(TableName: string, key: ItemKey, before: Image, after: Image): TransactWriteItem {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const set = names.flatMap((name, index) => (after[name] === undefined ? [] : `#a${index} = :new${index}`));
  const removed = names.flatMap((name, index) => (after[name] === undefined ? `#a${index}` : []));
  const conditions = names.map((name, index) =>
    before[name] === undefined ? `attribute_not_exists(#a${index})` : `#a${index} = :old${index}`,
  );
  const valuesOf = (image: Image, prefix: string) =>
    names.flatMap((name, index) => {
      const value = image[name];
      return value === undefined ? [] : [[`${prefix}${index}`, value] as const];
    });
  return {
    Update: {
      TableName,
      Key: marshall(key),
      UpdateExpression: `SET ${set.join(', ')}${removed.length === 0 ? '' : ` REMOVE ${removed.join(', ')}`}`,
      ConditionExpression: ['attribute_exists(pk)', ...conditions].join(' AND '),
      ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#a${index}`, name])),
      ExpressionAttributeValues: Object.fromEntries([
        ...valuesOf(before, ':old'),
        ...valuesOf(after, ':new'),
      ]),
    },
  };
}

/** Replays the dead letter and its twin, those that are on a queue. What it cannot do is a result, since the item is fixed. */
async function replays(
  deps: OperatorDeps,
  deadLetter: DeadLetterItem,
  actor: string,
  signal: AbortSignal,
): Promise<FixResult['replays']> {
  const twin = await twinOf(deps.store, deadLetter);
  const ids = [deadLetter.id, ...(twin === undefined ? [] : [twin])];
  const results: ReplayResult[] = [];
  let code: string | undefined;
  try {
    const { stoppedBy } = await replaySelection(
      deps,
      {
        // Also one that failed within this millisecond.
        selection: { ids, startedAt: instantOf(new Date(deps.clock.now().getTime() + 1)) },
        rate: REPLAY_RATE,
        actor,
        success: 'fixed',
        report: (result) => results.push(result),
      },
      signal,
    );
    code = stoppedBy;
  } catch (error) {
    code = failureReason(error).code;
  }
  const items = await Promise.all(ids.map((id) => deps.store.get(id)));
  return items
    .filter((item) => item !== undefined)
    .map(({ id, consumer, state }) => {
      const result = results.find((one) => one.id === id);
      return {
        ...{ id, consumer },
        outcome: result?.outcome ?? (state === 'waiting' || state === 'parked' ? 'not-replayed' : state),
        code: result === undefined ? code : result.code,
      };
    });
}
