import { describe, expect, it } from 'vitest';
import { withNestedStacks } from '../../../infra/local/template/nested-stacks.ts';
import { parseTemplate } from '../../../infra/local/template/template.ts';
import { TemplateError } from '../../../infra/local/template/template-error.ts';

const NESTED = `
Parameters:
  Table: {Type: String}
  Statuses: {Type: CommaDelimitedList}
Globals: {Function: {Runtime: nodejs24.x, Environment: {Variables: {LEVEL: INFO}}}}
Resources:
  Worker: {Type: AWS::Serverless::Function, DependsOn: Log, Properties: {Environment: {Variables: {TABLE: !Ref Table}}, Statuses: !Ref Statuses}}
  Log: {Type: AWS::Logs::LogGroup}
Outputs:
  Worker: {Value: !Ref Worker}
  Table: {Value: !Ref Table}
`;

const OUTER = `
Globals: {Function: {Runtime: nodejs24.x, AutoPublishAlias: live, MemorySize: !Ref Memory}}
Resources:
  Orders: {Type: AWS::DynamoDB::Table}
  Policy: {Type: AWS::SQS::QueuePolicy}
  Workers:
    Type: AWS::Serverless::Application
    DependsOn: Policy
    Properties: {Location: workers.yaml, Parameters: {Table: !Ref Orders, Statuses: 'placed,shipped'}}
  Api:
    Type: AWS::Serverless::Function
    Properties: {MemorySize: !If [Large, 1024, 512], Environment: {Variables: {WORKER: !GetAtt Workers.Outputs.Worker}}}
Outputs:
  TableName: {Value: !GetAtt Workers.Outputs.Table}
`;

const merge = (outer: string) => withNestedStacks(parseTemplate(outer), () => parseTemplate(NESTED));
const { Resources: resources, Outputs: outputs } = merge(OUTER);

describe('a template with its nested stacks', () => {
  it('has the resources of both, and no stack', () => {
    expect(Object.keys(resources).sort()).toEqual(['Api', 'Log', 'Orders', 'Policy', 'Worker']);
  });

  it('has what it passes in place of a parameter', () => {
    expect(resources['Worker']?.Properties['Environment']).toMatchObject({
      Variables: { TABLE: { Ref: 'Orders' } },
    });
  });

  it('has a list in place of the text that a stack passes as one', () => {
    expect(resources['Worker']?.Properties['Statuses']).toEqual({ 'Fn::Split': [',', 'placed,shipped'] });
  });

  it('has what an output stands for in place of the output', () => {
    expect(resources['Api']?.Properties['Environment']).toEqual({ Variables: { WORKER: { Ref: 'Worker' } } });
    expect(outputs['TableName']).toEqual({ Value: { Ref: 'Orders' } });
  });

  it('gives a nested function the Globals of its own template alone', () => {
    expect(resources['Worker']?.Properties).toEqual({
      Runtime: 'nodejs24.x',
      Environment: { Variables: { LEVEL: 'INFO', TABLE: { Ref: 'Orders' } } },
      Statuses: { 'Fn::Split': [',', 'placed,shipped'] },
    });
  });

  it("lets an expression of a function replace one of Globals, as the function's own value", () => {
    expect(resources['Api']?.Properties).toMatchObject({
      AutoPublishAlias: 'live',
      MemorySize: { 'Fn::If': ['Large', 1024, 512] },
    });
    expect(resources['Api']?.Properties['MemorySize']).not.toHaveProperty('Ref');
  });

  it('makes nested resources after what their stack depends on, and after what they depend on themselves', () => {
    expect(resources['Worker']?.['DependsOn']).toEqual(['Log', 'Policy', 'Orders']);
    expect(resources['Log']?.['DependsOn']).toEqual(['Policy', 'Orders']);
  });

  it.each([
    ['a parameter that the nested template has not', 'Parameters: {Table', 'Parameters: {Other: 1, Table'],
    ['no value for a parameter', 'Table: !Ref Orders, ', ''],
    ['an output that the nested template has not', 'Outputs.Worker', 'Outputs.Missing'],
    ['a name that both use', 'Orders: {Type: AWS::DynamoDB::Table}', 'Log: {Type: AWS::SQS::Queue}'],
  ])('is an error with %s', (_, from, to) => {
    expect(() => merge(OUTER.replace(from, to))).toThrow(TemplateError);
  });
});
