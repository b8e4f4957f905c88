import { systemClock as clock } from '../../../pipelines/clock.ts';
import { type ActionEnd, ActivityLog, type OperatorAction } from '../../../pipelines/operations/activity.ts';
import type { OpsTarget } from '../target/ops-target.ts';

/**
 * Does what an operator asked for between the start and the end of its entry in the activity log.
 *
 * @throws the SDK's own errors; what `run` throws.
 */
export const recorded = <Result>(
  { actor, dynamoDb, resources: { operationsTableName } }: OpsTarget,
  asked: Pick<OperatorAction, 'action' | 'target'>,
  run: () => Promise<Result>,
  endOf: (result: Result) => ActionEnd,
): Promise<Result> =>
  new ActivityLog({ dynamoDb, operationsTableName, clock }).record({ by: actor, ...asked }, async () => {
    const result = await run();
    return { result, end: endOf(result) };
  });
