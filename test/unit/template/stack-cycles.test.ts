import { expect, it } from 'vitest';
import { cyclesOf } from '../../../infra/scripts/stack-cycles.mjs';

const cycles = (definitions: Readonly<Record<string, object>>) =>
  cyclesOf({ file: 'infra/consumers.yaml', definitions });

it.each([
  ['Ref', { Properties: { Role: { Ref: 'Other' } } }],
  ['Fn::GetAtt', { Properties: { Role: { 'Fn::GetAtt': ['Other', 'Arn'] } } }],
  ['Fn::GetAtt as a text', { Properties: { Role: { 'Fn::GetAtt': 'Other.Arn' } } }],
  ['Fn::Sub', { Properties: { Resource: [{ 'Fn::Sub': `\${Other.Arn}*` }] } }],
  ['Fn::Sub with variables', { Properties: { Name: { 'Fn::Sub': [`\${Own}`, { Own: { Ref: 'Other' } }] } } }],
  ['a branch of Fn::If', { Properties: { Name: { 'Fn::If': ['Has', { Ref: 'Other' }, ''] } } }],
  ['DependsOn', { DependsOn: 'Other' }],
  ['a list of DependsOn', { DependsOn: ['Third', 'Other'] }],
  ['UpdatePolicy', { UpdatePolicy: { CodeDeployLambdaAliasUpdate: { ApplicationName: { Ref: 'Other' } } } }],
])('a cycle over %s is found', (_, definition) => {
  expect(cycles({ One: definition, Other: { DependsOn: 'One' }, Third: {} })).toEqual([
    'infra/consumers.yaml: One -> Other -> One',
  ]);
});

it('a cycle of four resources, with an alias that CodeDeploy moves, is found once', () => {
  const UpdatePolicy = { CodeDeployLambdaAliasUpdate: { DeploymentGroupName: { Ref: 'Group' } } };
  expect(
    cycles({
      Writer: { DependsOn: 'Alias' },
      Alias: { UpdatePolicy, Properties: { FunctionName: { Ref: 'Reader' } } },
      Group: { Properties: { ServiceRoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
      Role: {
        Properties: { Policies: [{ 'Fn::Sub': `\${Writer.Arn}*` }, { 'Fn::Sub': `\${Reader.Arn}*` }] },
      },
      Reader: {},
    }),
  ).toEqual(['infra/consumers.yaml: Writer -> Alias -> Group -> Role -> Writer']);
});

it('what two resources share, parameters, and literal texts are no cycle', () => {
  expect(
    cycles({
      One: {
        DependsOn: ['Shared'],
        Properties: { Name: { 'Fn::Sub': `\${!One} \${AWS::StackName} \${Level}` } },
      },
      Other: { Properties: { One: { Ref: 'One' }, Shared: { Ref: 'Shared' } } },
      Shared: { Properties: { Name: { 'Fn::Sub': [`\${Other}`, { Other: 'text' }] } } },
    }),
  ).toEqual([]);
});
