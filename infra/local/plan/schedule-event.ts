import * as z from 'zod';
import { type ScheduleExpression, scheduleExpression } from '../schedule/schedule-expression.ts';
import { JsonText } from '../template/json-text.ts';

/**
 * A function's event of SAM's type ScheduleV2. What only EventBridge Scheduler itself acts on means nothing here.
 * See https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedulev2.html.
 */
export const ScheduleEvent = z.object({
  Type: z.literal('ScheduleV2'),
  Properties: z.strictObject({
    ScheduleExpression: z.string(),
    ScheduleExpressionTimezone: z.string().optional(),
    State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
    Input: JsonText.optional(),
    Name: z.string().optional(),
    Description: z.unknown().optional(),
    GroupName: z.unknown().optional(),
    FlexibleTimeWindow: z.unknown().optional(),
    RetryPolicy: z.unknown().optional(),
    DeadLetterConfig: z.unknown().optional(),
    RoleArn: z.unknown().optional(),
    PermissionsBoundary: z.unknown().optional(),
    KmsKeyArn: z.unknown().optional(),
    OmitName: z.unknown().optional(),
  }),
});

/** A schedule of a function as it runs on this machine. */
export interface ScheduleDefinition {
  readonly name: string;
  readonly expression: ScheduleExpression;
  /** What the function gets; absent for EventBridge Scheduler's own event. */
  readonly input: unknown;
  readonly isEnabled: boolean;
}

/** @throws InvalidScheduleError for an expression or a time zone that EventBridge Scheduler would refuse. */
export const toSchedule = (
  eventName: string,
  { Properties: properties }: z.infer<typeof ScheduleEvent>,
): ScheduleDefinition => ({
  name: properties.Name ?? eventName,
  expression: scheduleExpression(properties.ScheduleExpression, properties.ScheduleExpressionTimezone),
  input: properties.Input,
  isEnabled: properties.State === 'ENABLED',
});
