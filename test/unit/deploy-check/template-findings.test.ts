import { describe, expect, it } from 'vitest';
import { decidingParameters, parameterSets } from '../../../infra/deploy-check/parameter-sets.ts';
import { distinguishedDeployments, templateFindings } from '../../../infra/deploy-check/template-findings.ts';
import { parseTemplate, readTemplate } from '../../../infra/local/template/template.ts';

/** The findings in a template with one parameter, whose condition On holds for `y`. */
function findingsIn(resources: string, outputs = '') {
  const template = parseTemplate(`
Parameters:
  A: {Type: String, Default: n, AllowedValues: [y, n]}
  DomainArn: {Type: String, Default: ''}
Conditions:
  On: !Equals [!Ref A, y]
Globals: {Function: {}}
Resources:
  Maybe: {Type: AWS::SQS::Queue, Condition: On}
${resources}
Outputs: {${outputs}}
`);
  const translated = {
    ...template,
    Outputs: (template['Outputs'] ?? {}) as Record<string, { Value: unknown }>,
  };
  return templateFindings(template, translated, parameterSets(template, {}));
}

const role = (document: string): string => `
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: Own
          PolicyDocument: ${document}`;

describe('a reference', () => {
  it.each([
    ['Ref', '!Ref Maybe'],
    ['Fn::GetAtt', '!GetAtt Maybe.Arn'],
    ['Fn::Sub', `!Sub "x \${Maybe.Arn}"`],
    ['the variables of Fn::Sub', `!Sub ["\${Q}", {Q: !Ref Maybe}]`],
    ['a branch of Fn::If that is taken', '!If [On, x, !Ref Maybe]'],
  ])('by %s to a resource whose condition does not hold is found', (_, reference) => {
    const findings = findingsIn(`
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: ${reference}}}`);
    expect(findings).toEqual([
      { where: 'Topic', what: 'refers to Maybe, whose condition On does not hold', parameters: {} },
    ]);
  });

  it.each([
    ['the branch of Fn::If where the resource is there', '!If [On, !Ref Maybe, x]'],
    ['a parameter', '!Ref A'],
    ['a pseudo parameter', `!Sub "\${AWS::Region}"`],
  ])('in %s is none', (_, reference) => {
    expect(
      findingsIn(`
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: ${reference}}}`),
    ).toEqual([]);
  });

  it('from a resource of the same condition is none', () => {
    expect(
      findingsIn(`
  Topic: {Type: AWS::SNS::Topic, Condition: On, Properties: {DisplayName: !Ref Maybe}}`),
    ).toEqual([]);
  });

  it('to what the template does not have is found', () => {
    const findings = findingsIn(`
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt Nowhere.Arn}}`);
    expect(findings.map(({ what }) => what)).toEqual(['refers to Nowhere, which the template does not have']);
  });

  it('from an output is found', () => {
    expect(findingsIn('', 'Url: {Value: !Ref Maybe}').map(({ where }) => where)).toEqual(['Outputs.Url']);
  });
});

describe('a policy', () => {
  it.each([
    [
      'whose statements are all left out',
      '{Statement: [!If [On, {Effect: Allow, Action: [a:B], Resource: "*"}, !Ref AWS::NoValue]]}',
      'has no Statement',
    ],
    ['without statements', '{Version: "2012-10-17"}', 'has no Statement'],
    [
      'whose actions are all left out',
      '{Statement: [{Effect: Allow, Action: [!If [On, a:B, !Ref AWS::NoValue]], Resource: "*"}]}',
      'Action is empty',
    ],
    [
      'whose resources are all left out',
      '{Statement: [{Effect: Allow, Action: a:B, Resource: [!If [On, "*", !Ref AWS::NoValue]]}]}',
      'Resource is empty',
    ],
    ['without an action', '{Statement: [{Effect: Allow, Resource: "*"}]}', 'has no Action'],
    [
      'on what is no ARN, as an empty parameter makes it',
      `{Statement: [{Effect: Allow, Action: a:B, Resource: !Sub "\${DomainArn}/_bulk"}]}`,
      'which is no ARN',
    ],
  ])('%s is found', (_, document, what) => {
    expect(findingsIn(role(document))).toEqual([
      { where: 'Role', what: expect.stringContaining(what), parameters: {} },
    ]);
  });

  it('that is complete in every deployment is no finding', () => {
    expect(
      findingsIn(
        role('{Statement: [{Effect: Allow, Action: a:B, Resource: !If [On, !GetAtt Maybe.Arn, "*"]}]}'),
      ),
    ).toEqual([]);
  });

  it('that is left out completely is no finding', () => {
    expect(
      findingsIn(`
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - !If [On, {PolicyName: Own, PolicyDocument: {Statement: [{Effect: Allow, Action: a:B, Resource: "*"}]}}, !Ref AWS::NoValue]`),
    ).toEqual([]);
  });

  it('without its document is found', () => {
    const findings = findingsIn(`
  Role: {Type: AWS::IAM::Role, Properties: {Policies: [{PolicyName: Own}]}}`);
    expect(findings.map(({ what }) => what)).toEqual(['Properties.Policies.0 has no PolicyDocument']);
  });

  it('is reported with the parameters that differ from their defaults', () => {
    const findings = findingsIn(
      role('{Statement: [!If [On, !Ref AWS::NoValue, {Effect: Allow, Action: [a:B], Resource: "*"}]]}'),
    );
    expect(findings.map(({ parameters }) => parameters)).toEqual([{ A: 'y' }]);
  });
});

describe('the deployments of the template', () => {
  const template = readTemplate();
  const translated = { ...template, Outputs: template.Outputs as Record<string, { Value: unknown }> };
  const sets = distinguishedDeployments(template, translated, {
    JwtIssuer: 'https://issuer.example.org',
  }).map(({ set }) => set);

  it.each(decidingParameters(template))('have more than one value of %s', (name) => {
    expect(new Set(sets.map((set) => set[name])).size).toBeGreaterThan(1);
  });

  it('have every combination of what decides one resource', () => {
    const domains = new Set(
      sets.map(({ SearchInstanceCount, SearchMasterRoleArn, SearchSubnetIds, OpenSearchEndpoint }) =>
        [SearchInstanceCount, SearchMasterRoleArn, SearchSubnetIds, OpenSearchEndpoint]
          .map((value) => value === '')
          .concat([SearchInstanceCount === '1', SearchInstanceCount === '2'])
          .join(),
      ),
    );
    // One node, two or more; each with and without an administrator, subnets, and an endpoint of one's own.
    expect(domains.size).toBe(3 * 2 * 2 * 2);
  });
});

it('reads a policy that is a text', () => {
  const resources = (document: string): string => `
  LogPolicy: {Type: AWS::Logs::ResourcePolicy, Properties: {PolicyName: own, PolicyDocument: '${document}'}}`;
  expect(findingsIn(resources('{"Statement":[]}'))).toMatchObject([
    { what: 'Properties.PolicyDocument has no Statement' },
  ]);
  expect(findingsIn(resources('none'))).toMatchObject([
    { what: 'Properties.PolicyDocument has no Statement' },
  ]);
});
