import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { resolve } from '../../../infra/local/template/intrinsics.ts';
import { parameterValues } from '../../../infra/local/template/parameters.ts';
import { checkRules } from '../../../infra/local/template/rules.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { TemplateScope } from '../../../infra/local/template/template-scope.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';

const template = readTemplate();
const VPC = {
  SearchSubnetIds: 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  SearchSecurityGroupId: 'sg-0123456789abcdef0',
};
const ADMINISTRATOR = 'arn:aws:iam::000000000000:role/search-administrator';
const scopeWith = (parameters: Record<string, string>) => {
  const given = { ...PLAN_PARAMETERS, OpenSearchEndpoint: '', ...parameters };
  const local = new TemplateScope(template, parameterValues(template, given), 'http://127.0.0.1:4566');
  return {
    ref: (name: string) => (Object.hasOwn(template.Resources, name) ? name : local.ref(name)),
    getAtt: (of: string) => of,
    condition: (name: string) => local.condition(name),
  };
};
const Domain = z.looseObject({ ClusterConfig: z.looseObject({}), LogPublishingOptions: z.looseObject({}) });
const domainWith = (parameters: Record<string, string>) =>
  Domain.parse(resolve(template.Resources['SearchDomain']?.Properties, scopeWith(parameters)));

describe('the created domain', () => {
  it.each([
    ['1', { ZoneAwarenessEnabled: false }],
    ['2', { ZoneAwarenessEnabled: true, ZoneAwarenessConfig: { AvailabilityZoneCount: 2 } }],
    ['3', { ZoneAwarenessEnabled: true, ZoneAwarenessConfig: { AvailabilityZoneCount: 3 } }],
    ['6', { ZoneAwarenessEnabled: true, ZoneAwarenessConfig: { AvailabilityZoneCount: 3 } }],
  ])('of %s nodes is spread over the zones that take as many each', (SearchInstanceCount, zones) => {
    const {
      InstanceType: _type,
      InstanceCount,
      ...config
    } = domainWith({ SearchInstanceCount }).ClusterConfig;
    expect(String(InstanceCount)).toBe(SearchInstanceCount);
    expect(config).toEqual({ ...zones, DedicatedMasterEnabled: false });
  });

  it('has three dedicated masters of the type that is given', () => {
    expect(domainWith({ SearchDedicatedMasterType: 'm6g.large.search' }).ClusterConfig).toMatchObject({
      DedicatedMasterEnabled: true,
      DedicatedMasterCount: 3,
      DedicatedMasterType: 'm6g.large.search',
    });
  });

  it('takes https alone, of TLS 1.2 at least, and is encrypted on its disks and between its nodes', () => {
    expect(domainWith({})).toMatchObject({
      DomainEndpointOptions: {
        EnforceHTTPS: true,
        TLSSecurityPolicy: expect.stringContaining('Min-TLS-1-2'),
      },
      EncryptionAtRestOptions: { Enabled: true },
      NodeToNodeEncryptionOptions: { Enabled: true },
    });
  });

  it('gets software updates by itself, in its window', () => {
    expect(domainWith({})).toMatchObject({
      SoftwareUpdateOptions: { AutoSoftwareUpdateEnabled: true },
      OffPeakWindowOptions: { Enabled: true },
    });
  });

  it('logs its errors, after the policy that lets it', () => {
    expect(domainWith({}).LogPublishingOptions).toEqual({
      ES_APPLICATION_LOGS: { Enabled: true, CloudWatchLogsLogGroupArn: 'SearchErrorLog' },
    });
    expect([template.Resources['SearchDomain']?.['DependsOn']].flat()).toContain('SearchLogPolicy');
  });

  it('has fine-grained access control and its audit log with an administrator only', () => {
    expect(domainWith({})).not.toHaveProperty('AdvancedSecurityOptions');
    const domain = domainWith({ SearchMasterRoleArn: ADMINISTRATOR });
    expect(domain['AdvancedSecurityOptions']).toEqual({
      Enabled: true,
      InternalUserDatabaseEnabled: false,
      MasterUserOptions: { MasterUserARN: ADMINISTRATOR },
    });
    expect(domain.LogPublishingOptions).toHaveProperty('AUDIT_LOGS');
  });
});

const reaching = Object.entries(template.Resources).filter(
  ([, { Type, Properties }]) =>
    Type === 'AWS::Serverless::Function' && JSON.stringify(Properties).includes('OPENSEARCH_ENDPOINT'),
);

it('the outputs name the role of each function that a domain of another account must let in', () => {
  const named = Object.values(template.Outputs)
    .map((output) => JSON.stringify(output))
    .filter((output) => output.includes('must let this role'));
  const missing = reaching.filter(([name]) => !named.some((output) => output.includes(`"${name}Role`)));
  expect(missing.map(([name]) => name)).toEqual([]);
  expect(named).toHaveLength(reaching.length);
});

describe('in a VPC', () => {
  const own = { SubnetIds: VPC.SearchSubnetIds.split(','), SecurityGroupIds: [VPC.SearchSecurityGroupId] };
  const configWith = (properties: Record<string, unknown>, parameters: Record<string, string>): unknown =>
    resolve({ config: properties['VpcConfig'] ?? 'none' }, scopeWith(parameters));

  it('is the domain, if there are subnets', () => {
    expect(domainWith(VPC)['VPCOptions']).toEqual(own);
    expect(domainWith({})).not.toHaveProperty('VPCOptions');
  });

  it('are six functions that reach OpenSearch', () => {
    expect(reaching).toHaveLength(6);
  });

  it.each(reaching)('is %s, which reaches OpenSearch, if there are subnets', (_, { Properties }) => {
    expect(configWith(Properties, VPC)).toEqual({ config: own });
    expect(configWith(Properties, {})).toEqual({});
  });

  it('is no function that does not reach OpenSearch', () => {
    const inside = Object.entries(template.Resources).filter(
      ([, { Properties }]) => 'VpcConfig' in Properties,
    );
    expect(inside.map(([name]) => name)).toEqual(reaching.map(([name]) => name));
  });

  it.each(Object.keys(VPC))('needs more than %s', (name) => {
    const only = Object.fromEntries(Object.entries(VPC).filter(([key]) => key === name));
    expect(() => checkRules(template, scopeWith(only))).toThrow(/need each other/);
    expect(() => checkRules(template, scopeWith(VPC))).not.toThrow();
  });

  it('takes no more subnets than a domain has zones', () => {
    const four = Array.from({ length: 4 }, () => 'subnet-01234567').join(',');
    expect(() => scopeWith({ SearchSubnetIds: four })).toThrow(/one to three subnets/);
  });
});

it.each(['http://search.example.com', 'http://127.0.0.1.example.com', 'http://localhost:9200'])(
  'no request goes to OpenSearch at %s, which is neither https nor this machine',
  (OpenSearchEndpoint) => {
    expect(() => scopeWith({ OpenSearchEndpoint })).toThrow(/starts with https/);
  },
);
