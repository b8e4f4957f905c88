import { describe, expect, it } from 'vitest';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { grantsIn } from '../../builders/policy-grants.ts';
import { calledActions } from './called-actions.ts';

/** In a bundle, and never called there. */
const NEVER_CALLED: Readonly<Record<string, readonly string[]>> = {
  // Only a confirmation asks for the reservation.
  CancelStaleOrdersFunction: ['dynamodb:ConditionCheckItem'],
  // Only operators list what the store knows; it shares their class.
  AutomaticReplayFunction: ['dynamodb:Query'],
};

/** What Lambda needs of the function's role to read a stream for it, and to send what it gives up to the destination. See https://docs.aws.amazon.com/lambda/latest/dg/services-ddb.html. */
const STREAM_ACTIONS = [
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:ListStreams',
  's3:PutObject',
  's3:ListBucket',
];
/** The same of a queue. See https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html. */
const QUEUE_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

const resources = Object.entries(readTemplate().Resources);
const mappings = resources.filter(([, { Type }]) => Type === 'AWS::Lambda::EventSourceMapping');
const actionsOfMappings = (name: string): readonly string[] =>
  mappings.flatMap(
    ([
      ,
      {
        Properties: { FunctionName, EventSourceArn },
      },
    ]) => {
      if (!new RegExp(`"${name}(?:\\.Alias)?"`).test(JSON.stringify(FunctionName))) return [];
      return JSON.stringify(EventSourceArn).includes('StreamArn') ? STREAM_ACTIONS : QUEUE_ACTIONS;
    },
  );
const functions = resources.filter(([, { Type }]) => Type === 'AWS::Serverless::Function');

describe('a function', () => {
  it.each(functions)('%s is granted what its code calls, and nothing else', async (name, { Properties }) => {
    const called = await calledActions(String(Properties['Handler']).replace(/\.handler$/, '.ts'));
    const unreached = NEVER_CALLED[name] ?? [];
    const byMappings = actionsOfMappings(name);
    const granted = new Set(grantsIn(Properties['Policies']).flatMap(({ Action }) => Action));
    expect({
      notGranted: [...called].filter((action) => !granted.has(action) && !unreached.includes(action)),
      notCalled: [...granted].filter((action) => !called.has(action) && !byMappings.includes(action)),
      // An exception that is no longer needed.
      grantedAfterAll: unreached.filter((action) => granted.has(action) || !called.has(action)),
    }).toEqual({ notGranted: [], notCalled: [], grantedAfterAll: [] });
  });
});
