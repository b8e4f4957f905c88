import { OrderStreamError } from '../../../pipelines/errors.ts';

/** A schedule's expression or time zone that EventBridge Scheduler would refuse. */
export class InvalidScheduleError extends OrderStreamError {
  readonly code = 'invalid-schedule';
  readonly remedy = 'Mend the schedule in infra/template.yaml as the message says.';
}
