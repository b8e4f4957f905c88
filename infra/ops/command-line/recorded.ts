import { systemClock as clock } from '../../../pipelines/clock.ts';
import { type ActionEnd, ActivityLog, type OperatorAction } from '../../../pipelines/operations/activity.ts';
import type { OpsTarget } from '../target/ops-target.ts';
import { visible } from './output.ts';

/** The activity log of a target. An end that is not written is reported on standard error. */
export const activityLogOf = ({ dynamoDb, resources: { operationsTableName } }: OpsTarget): ActivityLog =>
  new ActivityLog({
    ...{ dynamoDb, operationsTableName, clock },
    onLostEnd: ({ action, target }, error) => {
      const reason = error instanceof Error ? error.name : 'unknown';
      console.error(
        visible(`The activity log does not say how this ended: ${action}, ${target} (${reason}).`),
      );
    },
  });

/**
 * Does what an operator asked for between the start and the end of its entry in the activity log.
 *
 * @throws the SDK's own errors; what `run` throws.
 */
export const recorded = <Result>(
  target: OpsTarget,
  asked: Pick<OperatorAction, 'action' | 'target'>,
  run: () => Promise<Result>,
  endOf: (result: Result) => ActionEnd,
): Promise<Result> =>
  activityLogOf(target).record({ by: target.actor, ...asked }, async () => {
    const result = await run();
    return { result, end: endOf(result) };
  });
