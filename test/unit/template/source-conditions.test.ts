import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readTemplate } from '../../../infra/local/template/template.ts';

// A service that acts for many accounts must not be led to act for another one here: a policy that lets it in names where the call may come from.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html.

const SOURCES = ['aws:sourcearn', 'aws:sourceaccount'];
const Statement = z.looseObject({
  Effect: z.literal('Allow'),
  Principal: z.object({ Service: z.string() }),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});
const JsonText = z
  .object({ 'Fn::Sub': z.string() })
  .transform(({ 'Fn::Sub': text }): unknown => JSON.parse(text));

/** Statements that let a service in, anywhere in `value`. */
function statementsIn(value: unknown): readonly z.infer<typeof Statement>[] {
  const statement = Statement.safeParse(value);
  if (statement.success) return [statement.data];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const text = name === 'PolicyDocument' ? JsonText.safeParse(member) : undefined;
    return statementsIn(text?.success ? text.data : member);
  });
}

/** SNS documents no source of its calls when it assumes the role: https://docs.aws.amazon.com/sns/latest/dg/topics-attrib-prereq.html. */
const WITHOUT_SOURCE = ['DeliveryFailuresRole sns.amazonaws.com'];

const template = readTemplate();
const allowing = Object.entries(template.Resources).flatMap(([logicalId, { Properties }]) =>
  statementsIn(Properties).map((statement) => ({
    name: `${logicalId} ${statement.Principal.Service}`,
    keys: Object.values(statement.Condition).flatMap((keys) =>
      Object.keys(keys).map((key) => key.toLowerCase()),
    ),
  })),
);

describe('a policy that lets a service in', () => {
  it.each(allowing.filter(({ name }) => !WITHOUT_SOURCE.includes(name)))(
    'names the source: $name',
    ({ keys }) => {
      expect(keys.filter((key) => SOURCES.includes(key))).not.toEqual([]);
    },
  );

  it.each(WITHOUT_SOURCE)('needs the exception %s', (name) => {
    expect(allowing.find((one) => one.name === name)?.keys).toEqual([]);
  });

  it('is written here, where SAM would write one without a source', () => {
    const text = JSON.stringify(Object.values(template.Resources).map(({ Properties }) => Properties));
    const count = (part: string): number => text.split(part).length - 1;
    expect(count('"ScheduleExpression":')).toBe(count('"RoleArn":{"Fn::GetAtt":["SchedulerRole","Arn"]}'));
    expect(count('"DeploymentPreference":')).toBe(count('"Role":{"Fn::GetAtt":['));
  });
});
