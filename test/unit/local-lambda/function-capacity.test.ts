import { describe, expect, it } from 'vitest';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { functionCapacity } from '../../../infra/local/system/function-capacity.ts';
import { parseTemplate } from '../../../infra/local/template/template.ts';

const schedule = '{ Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 hour) } }';
const route = '{ Type: HttpApi, Properties: { Method: GET, Path: / } }';
const capacityWith = (events: string, resources = '') => {
  const plan = localPlan(
    parseTemplate(`
Globals:
  Function: { Timeout: 10, MemorySize: 256, Runtime: nodejs24.x, Environment: { Variables: {} } }
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties: { Handler: a/work.run, Events: ${events} }
  Letters: { Type: AWS::SQS::Queue }
${resources}`),
    {},
    'http://127.0.0.1:4566',
  );
  return plan.functions.map((one) => functionCapacity(one, plan).concurrencyMax)[0];
};
const queueMapping = `
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Work
      EventSourceArn: !GetAtt Letters.Arn
      ScalingConfig: { MaximumConcurrency: 5 }`;

describe('a function takes as many invocations at once', () => {
  it.each([
    ['as there are cores when it has no events', '{}', '', 2],
    ['as there are cores when it serves the API', `{ A: ${route}, B: ${schedule} }`, '', 2],
    ['as one when it only has schedules', `{ A: ${schedule} }`, '', 1],
    ['as the mapping on its queue may have batches', '{}', queueMapping, 5],
    ['as its mapping and its schedules together', `{ A: ${schedule} }`, queueMapping, 6],
  ])('%s', (_name, events, resources, expected) => {
    expect(capacityWith(events, resources)).toBe(expected);
  });
});
