import { OrderStreamError } from '../../../pipelines/errors.ts';

/** The expression or the time zone of a schedule is invalid: EventBridge Scheduler would refuse it. */
export class InvalidScheduleError extends OrderStreamError {
  readonly code = 'invalid-schedule';
  readonly remedy = 'Correct the schedule in infra/template.yaml.';
}
