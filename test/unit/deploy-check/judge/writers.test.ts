import { describe, expect, it } from 'vitest';
import { resourceStatements } from '../../../../infra/deploy-check/judge/iam/resource-policies.ts';
import { writerCalls, writers } from '../../../../infra/deploy-check/judge/writers.ts';
import type { TranslatedTemplate } from '../../../../infra/deploy-check/translate.ts';

const OPERATORS = 'arn:aws:iam::000000000000:role/people/operators';
const scope = {
  ref: (name: string) => `<${name}>`,
  getAtt: (name: string, attribute: string) => `<${name}.${attribute}>`,
  condition: (name: string) => name === 'On',
};
const SOURCE = { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': ['Rule', 'Arn'] } } };

const Path = { 'Fn::Join': ['', ['/own/', { Ref: 'Stack' }, '/']] };

/** A template of one queue policy with these statements, which are only the ends of statements. */
const templateOf = (statements: readonly object[], Condition = 'On'): TranslatedTemplate => ({
  Parameters: {},
  Conditions: {},
  Outputs: {},
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { Path }, Metadata: {} },
    Rule: { Type: 'AWS::Events::Rule', Properties: {}, Metadata: {} },
    Policy: {
      ...{ Type: 'AWS::SQS::QueuePolicy', Condition, Metadata: {} },
      Properties: {
        PolicyDocument: {
          Statement: statements.map((one) => ({ Action: ['sqs:SendMessage'], Resource: 'arn:q', ...one })),
        },
      },
    },
  },
});
const queue = (logicalId: string) => ({ logicalId, name: 'q', url: 'u', arn: 'arn:q', attributes: {} });
const callsOn = (logicalId: string) =>
  writerCalls({ queues: [queue(logicalId)], topics: [], buckets: [] }, []).map(
    ({ mustBeAllowed }) => mustBeAllowed,
  );

describe('the statements of the policies of resources', () => {
  it('have the ARNs of roles with their paths, and of rules', () => {
    const PrincipalArn = { 'Fn::GetAtt': ['Role', 'Arn'] };
    const deny = { Effect: 'Deny', Principal: '*', Condition: { ArnNotLike: { PrincipalArn } } };
    const allow = { Effect: 'Allow', Principal: { Service: 'events' }, Condition: SOURCE };
    expect(resourceStatements(templateOf([deny, allow]), scope)).toMatchObject([
      { Condition: { ArnNotLike: { PrincipalArn: 'arn:aws:iam::000000000000:role/own/<Stack>/Role' } } },
      { Condition: { ArnEquals: { 'aws:SourceArn': expect.stringContaining('rule/Rule') } } },
    ]);
  });

  it('are none where the policy is not made', () => {
    expect(resourceStatements(templateOf([{ Effect: 'Deny', Principal: '*' }], 'Off'), scope)).toEqual([]);
  });

  it('are not read where they let in a principal that this check does not know', () => {
    const open = templateOf([{ Effect: 'Allow', Principal: { AWS: '*' } }]);
    expect(() => resourceStatements(open, scope)).toThrow();
  });
});

describe('a write', () => {
  it('is refused to an outsider, and allowed to the operators', () => {
    expect(callsOn('OrderEventsDeadLetters')).toEqual([false, true]);
    // A queue that is added is guarded too.
    expect(callsOn('AnotherQueue')).toEqual([false, true]);
  });

  it('is refused to both where a service alone writes', () => {
    expect(callsOn('BatchIntakeQueue')).toEqual([false, false]);
    expect(callsOn('MailFeedbackTopic')).toEqual([false, false]);
  });

  it('is not judged where others write', () => {
    expect(callsOn('NotificationsQueue')).toEqual([]);
  });

  it('of a service is allowed from its source alone', () => {
    const statements = resourceStatements(
      templateOf([{ Effect: 'Allow', Principal: { Service: 'events' }, Condition: SOURCE }]),
      scope,
    );
    const calls = writerCalls({ queues: [], topics: [], buckets: [] }, statements);
    expect(calls).toMatchObject([
      { principal: 'events', mustBeAllowed: true },
      { principal: 'events', mustBeAllowed: false },
    ]);
    expect(new Set(calls.map(({ call }) => call.context['aws:SourceArn'])).size).toBe(2);
    expect(writers(OPERATORS, statements).get('events')).toMatchObject({
      arn: null,
      grants: [{ statement: { Effect: 'Allow' } }],
    });
  });
});
