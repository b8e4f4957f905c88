import { systemClock } from '../../../pipelines/clock.ts';
import { sleepOnTimer } from '../event-source-mapping/waiting.ts';
import type { LocalFunction } from '../lambda/local-function.ts';
import type { LocalPlan } from '../plan/local-plan.ts';
import { Schedule } from '../schedule/schedule.ts';
import { mappingLog, type SystemLog } from './system-log.ts';

/** Creates the enabled schedules of the plan's functions and starts none. */
export const systemSchedules = (
  plan: Pick<LocalPlan, 'functions'>,
  functions: ReadonlyMap<string, Pick<LocalFunction, 'invoke'>>,
  log: SystemLog,
): readonly Schedule[] =>
  plan.functions.flatMap(({ logicalId, schedules }) => {
    const invoked = functions.get(logicalId);
    if (invoked === undefined) return [];
    return schedules
      .filter(({ isEnabled }) => isEnabled)
      .map(
        ({ name, expression, input }) =>
          new Schedule({
            name,
            expression,
            input,
            invoke: (event) => invoked.invoke(event),
            clock: systemClock,
            sleep: sleepOnTimer,
            log: mappingLog(log, logicalId),
          }),
      );
  });
