import { expect, it } from 'vitest';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';
import { grantsIn } from '../../builders/policy-grants.ts';

const template = readTemplate();
const everything = { ...PLAN_PARAMETERS, SampleSubscriber: 'Enabled', OrderMails: 'Enabled' };
const { functions } = localPlan(template, everything, 'http://127.0.0.1:4566');
/** The functions that queues invoke, with the ids of these queues. */
const invoked = Object.values(template.Resources).flatMap(({ Type, Properties }) => {
  const [, source] =
    /"Fn::GetAtt":\["(\w+)","Arn"\]/.exec(JSON.stringify(Properties['EventSourceArn'] ?? '')) ?? [];
  const target = JSON.stringify(Properties['FunctionName'] ?? '');
  const name = functions.find(({ logicalId }) => target.includes(`"${logicalId}"`))?.logicalId;
  return Type === 'AWS::Lambda::EventSourceMapping' && source !== undefined && name !== undefined
    ? [{ name, source }]
    : [];
});

it('only a function that may send to the queue that invokes it is exempt from the detection of loops', () => {
  const sendsToItself = invoked.filter(({ name, source }) =>
    grantsIn(template.Resources[name]?.Properties['Policies']).some(
      ({ Action, Resource }) =>
        Action.includes('sqs:SendMessage') && JSON.stringify(Resource).includes(`"${source}"`),
    ),
  );
  const exempt = functions.filter(
    ({ logicalId }) => template.Resources[logicalId]?.Properties['RecursiveLoop'] === 'Allow',
  );
  expect(invoked.length).toBeGreaterThan(1);
  expect(exempt.map(({ logicalId }) => logicalId)).toEqual(['ImportOrdersFunction']);
  expect(sendsToItself.map(({ name }) => name)).toEqual(['ImportOrdersFunction']);
});
