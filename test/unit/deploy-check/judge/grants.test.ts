import { describe, expect, it } from 'vitest';
import { refusedFindings, unneededFindings } from '../../../../infra/deploy-check/judge/grant-findings.ts';
import type { JudgedCall } from '../../../../infra/deploy-check/judge/iam/gateway.ts';
import { grantsOf } from '../../../../infra/deploy-check/judge/iam/roles.ts';
import { foreignKeyCalls } from '../../../../infra/deploy-check/judge/probes.ts';

const scope = {
  ref: (name: string) => `<${name}>`,
  getAtt: (name: string) => `<${name}>`,
  condition: () => true,
};
const statementOf = (Action: unknown, Resource: unknown, rest: object = {}) => ({
  ...{ Sid: 'S', Effect: 'Allow', Action, Resource },
  ...rest,
});
const roleOf = (...Statement: readonly object[]) =>
  grantsOf({ Policies: [{ PolicyName: 'p', PolicyDocument: { Statement } }] }, scope);
const judged = (allowing: readonly string[], isDenied = false): JudgedCall => ({
  role: 'Fn',
  call: { action: 'sqs:SendMessage', resource: 'arn:q', context: { key: ['a', 'b'] } },
  verdict: { allowing: [...allowing], isDenied },
});

describe('the grants of a role', () => {
  it('are one of each action on each resource', () => {
    const grants = roleOf(statementOf(['a:One', 'a:Two'], ['r', { Ref: 'Table' }]));
    expect(grants.map(({ id }) => id)).toEqual([
      'S: a:One on r',
      'S: a:One on <Table>',
      'S: a:Two on r',
      'S: a:Two on <Table>',
    ]);
  });

  it('are not read from what says what it is not for', () => {
    expect(() => roleOf({ Effect: 'Allow', NotAction: ['a:One'], Resource: '*' })).toThrow();
  });
});

describe('a call', () => {
  it('is found with its function, action, resource and keys where no grant allows it, once', () => {
    expect(refusedFindings([judged([]), judged([]), judged(['S'])])).toEqual([
      { where: 'Fn', what: 'is not granted sqs:SendMessage on arn:q with key a, b', parameters: {} },
    ]);
  });

  it('is found where a statement denies it', () => {
    expect(refusedFindings([judged(['S'], true)])).toHaveLength(1);
  });
});

describe('a grant', () => {
  const roles = new Map([['Fn', roleOf(statementOf(['a:One', 'a:Two'], 'r'))]]);

  it('is found where no call needed it', () => {
    expect(unneededFindings(roles, [judged(['S: a:One on r'])])).toMatchObject([
      { where: 'Fn', what: expect.stringContaining('a:Two on r') },
    ]);
  });

  it('is found where another one allows the same calls', () => {
    expect(unneededFindings(roles, [judged(['S: a:One on r', 'S: a:Two on r'])])).toHaveLength(2);
  });

  it('is none where the service cannot be asked for it', () => {
    const index = new Map([
      ['Fn', roleOf(statementOf('dynamodb:GetItem', 'arn:aws:dynamodb:::table/t/index/*'))],
    ]);
    expect(unneededFindings(index, [])).toEqual([]);
  });
});

describe('a call with a foreign key', () => {
  const table = 'arn:aws:dynamodb:::table/t';
  const Condition = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['USER#*'] } };

  it('must be refused where each grant names keys', () => {
    const roles = new Map([['Fn', roleOf(statementOf('dynamodb:PutItem', table, { Condition }))]]);
    expect(foreignKeyCalls(roles)).toMatchObject([{ role: 'Fn', call: { action: 'dynamodb:PutItem' } }]);
  });

  it('may be let through by a grant without keys', () => {
    const both = roleOf(
      statementOf('dynamodb:PutItem', table, { Condition }),
      statementOf('dynamodb:PutItem', table),
    );
    expect(foreignKeyCalls(new Map([['Fn', both]]))).toEqual([]);
  });
});
