import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Operation, routeKeyOf, routeScopesOf } from '../../../contracts/api/operation.ts';
import { operations } from '../../../contracts/api/operations.ts';
import { BATCH_PREFIX } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import { ENTITIES, type EntityType, filteredOut } from '../../../contracts/entities/entities.ts';
import type { ItemKey, KeyPart } from '../../../contracts/entities/entity.ts';
import { HEARTBEAT_PERIOD_MS } from '../../../contracts/entities/heartbeat.ts';
import { UserId } from '../../../contracts/ids.ts';
import { accountsKey, openOrdersKey, writeRateKey } from '../../../contracts/limits.ts';
import { MAILED_TYPES } from '../../../contracts/order-mails/mail-entry.ts';
import { MS_PER_MINUTE } from '../../../contracts/units.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { compileEventPatterns } from '../../../infra/local/event-source-mapping/event-pattern.ts';
import { codeFolder } from '../../../infra/local/lambda/bundle.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { resolve, type Scope } from '../../../infra/local/template/intrinsics.ts';
import { namePropertyOf, STACK_NAME } from '../../../infra/local/template/local-names.ts';
import { parameterValues } from '../../../infra/local/template/parameters.ts';
import { checkRules } from '../../../infra/local/template/rules.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { TemplateError } from '../../../infra/local/template/template-error.ts';
import { TemplateScope } from '../../../infra/local/template/template-scope.ts';
import { readMessageBody } from '../../../pipelines/dead-letters/parse/message-body.ts';
import { BATCH_GET_KEYS_MAX } from '../../../pipelines/dynamodb/read-items.ts';
import { partKey, progressKey, reportKey } from '../../../pipelines/imports/import-store.ts';
import { SHARDS_MAX } from '../../../pipelines/search/admin/install-indices.ts';
import { LIVE_ALIAS } from '../../../pipelines/status/consumer-mappings.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';
import { grantsIn } from '../../builders/policy-grants.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';

const SECONDS_14_DAYS = 1_209_600;
/** What pipelines/stream/dead-letter-queue.ts counts on. */
const MESSAGE_BYTES_MAX = 1_048_576;
const BUCKET_NAME_LENGTH_MAX = 63;
const QUEUE_URL_BASE = 'http://127.0.0.1:4566';
const ENDPOINT = 'https://search.example.com';
const DOMAIN = 'search-created.eu-central-1.es.amazonaws.com';
/** See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html. */
const VERSION_DESCRIPTION_MAX = 256;
/** An account's quota by default, but for the 100 that Lambda keeps for functions that set nothing aside. */
const CONCURRENCY_TO_SET_ASIDE = 900;
/** Lambda's quota of filters a mapping. */
const FILTERS_MAX = 5;
const DIGEST_CHARACTERS = 16;

const RuleTargets = z.tuple([
  z.object({
    InputTransformer: z.object({
      InputPathsMap: z.record(z.string(), z.string()),
      InputTemplate: z.string(),
    }),
  }),
]);

/** A statement that denies PutObject alone. */
const DeniedPut = z.object({
  Effect: z.literal('Deny'),
  Action: z.tuple([z.literal('s3:PutObject')]),
  Resource: z.array(z.object({ 'Fn::Sub': z.string() })),
  Condition: z.unknown(),
});
/** Whether a text matches a pattern of IAM, in which `*` is any text. */
const matchesGlob = (value: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[^\w*]/g, String.raw`\$&`).replaceAll('*', '.*')}$`).test(value);
const PolicyOf = z.object({ PolicyDocument: z.object({ Statement: z.array(z.unknown()) }) });
const Throttle = z.object({ ThrottlingRateLimit: z.number(), ThrottlingBurstLimit: z.number() });
const Throttles = z.object({ DefaultRouteSettings: Throttle, RouteSettings: z.record(z.string(), Throttle) });
const userId = UserId.parse('ada');

const template = readTemplate();
/** Another value of each parameter that is a text of a pattern. */
const OTHER_TEXTS: Readonly<Record<string, string>> = {
  SchemaBaseUrl: 'https://api.shop.example',
  OpenSearchEndpoint: ENDPOINT,
  OpenSearchDomainArn: 'arn:aws:es:eu-central-1:000000000000:domain/search',
  MailFrom: 'others@shop.example',
  WebhookUrl: 'https://shop.example/hook',
  NotificationEmail: 'desk@shop.example',
  SubscriberQueueArn: 'arn:aws:sqs:eu-central-1:000000000000:theirs',
  JwtIssuer: 'https://other.example.com',
  JwtAudience: 'others',
  ScopePrefix: 'order-stream/',
  AutomaticReplaySchedule: 'rate(7 minutes)',
  StaleOrdersSchedule: 'rate(7 days)',
  AlarmTopicArn: 'arn:aws:sns:eu-central-1:000000000000:alarms',
  SearchMasterRoleArn: 'arn:aws:iam::000000000000:role/search',
  OperatorRoleArn: 'arn:aws:iam::000000000000:role/operators',
  SearchSubnetIds: 'subnet-0123456789abcdef0',
  SearchSecurityGroupId: 'sg-0123456789abcdef0',
};
/** Of each parameter a value that is neither its default nor the one of the tests. */
const OTHER_VALUES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(template.Parameters).flatMap(([name, { Default, AllowedValues, MinValue }]) => {
    const other =
      OTHER_TEXTS[name] ??
      [...(AllowedValues ?? []), MinValue, MinValue === undefined ? undefined : MinValue + 1]
        .map(String)
        .find((value) => value !== 'undefined' && value !== String(Default));
    return other === undefined ? [] : [[name, other] as const];
  }),
);
const ofType = (type: string) => Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
const functions = ofType('AWS::Serverless::Function');
const queues = ofType('AWS::SQS::Queue');
const propertiesOf = (logicalId: string) => template.Resources[logicalId]?.Properties ?? {};
const given = (parameters: Record<string, string>) => ({
  ...PLAN_PARAMETERS,
  OpenSearchEndpoint: '',
  ...parameters,
});
const scopeWith = (parameters: Record<string, string>) =>
  new TemplateScope(template, parameterValues(template, given(parameters)), QUEUE_URL_BASE);
/** The same where the stack's own domain has a value too: `domain`, whatever is asked of it. */
const scopeOn = (parameters: Record<string, string>, domain: string): Scope => {
  const scope = scopeWith(parameters);
  return {
    ref: (name) => (template.Resources[name]?.Type === 'AWS::Logs::LogGroup' ? name : scope.ref(name)),
    condition: (name) => scope.condition(name),
    getAtt: (of, attribute) => (of === 'SearchDomain' ? domain : scope.getAtt(of, attribute)),
  };
};
const planWith = (parameters: Record<string, string>) =>
  localPlan(template, given(parameters), QUEUE_URL_BASE);

describe('a function', () => {
  it.each(functions)('%s may do only what is spelled out, and never scans', (_, { Properties }) => {
    const actions = grantsIn(Properties['Policies']).flatMap(({ Action }) => Action);
    expect(actions).not.toHaveLength(0);
    expect(
      actions.filter((action) => !/^[a-z0-9]+:[A-Za-z]+$/.test(action) || action.endsWith(':Scan')),
    ).toEqual([]);
  });

  it.each(functions)('%s is deployed from the folder that the build bundles it into', (_, { Properties }) => {
    const source = String(Properties['Handler']).replace(/\.handler$/, '.ts');
    expect(existsSync(join(PROJECT_ROOT, source))).toBe(true);
    expect(Properties['CodeUri']).toBe(`../${codeFolder(source)}`);
  });

  it('is bundled into a folder of its own', () => {
    const folders = functions.map(([, { Properties }]) => Properties['CodeUri']);
    expect(new Set(folders).size).toBe(functions.length);
  });

  it.each([
    ['no concurrency unless told, of which a new account has none to spare', '0', []],
    ['concurrency only to read the stream', '8', ['OrderEventsFunction', 'SearchIndexFunction']],
  ])('reserves %s', (_, ConsumerReservedConcurrency, names) => {
    const scope = scopeWith({ ConsumerReservedConcurrency });
    const reserving = functions.filter(
      ([
        ,
        {
          Properties: { ReservedConcurrentExecutions: executions },
        },
      ]) => JSON.stringify(resolve({ executions }, scope)) === '{"executions":8}',
    );
    expect(reserving.map(([logicalId]) => logicalId)).toEqual(names);
  });

  it('deletes from the table only where that is its purpose', () => {
    const deleting = functions.filter(([, { Properties }]) =>
      grantsIn(Properties['Policies']).some(
        ({ Action, Resource }) =>
          Action.includes('dynamodb:DeleteItem') && !JSON.stringify(Resource).includes('OperationsTable'),
      ),
    );
    expect(deleting.map(([logicalId]) => logicalId)).toEqual(['UsersFunction', 'OrdersFunction']);
  });
});

/** The requests of all callers to an operation in a second. */
function ratesOf({ access, method, path }: Operation): number {
  if (access === 'public') return 20;
  const kind = ['/ops', '/batch', '/search'].find((one) => path.startsWith(`${one}/`));
  if (kind !== undefined) return { '/ops': 10, '/batch': 5, '/search': 50 }[kind] ?? 0;
  return method === 'GET' ? 200 : 100;
}

it('every route is throttled by what a request of it costs, with bursts of two seconds', () => {
  const { DefaultRouteSettings: byDefault, RouteSettings: own } = Throttles.parse(propertiesOf('HttpApi'));
  const set = operations.map((operation) => {
    const key = routeKeyOf(operation);
    return [key, own[key] ?? byDefault];
  });
  const due = operations.map((operation) => {
    const rate = ratesOf(operation);
    return [routeKeyOf(operation), { ThrottlingRateLimit: rate, ThrottlingBurstLimit: 2 * rate }];
  });
  expect(Object.fromEntries(set)).toEqual(Object.fromEntries(due));
  expect(Object.keys(own).filter((key) => !due.some(([routeKey]) => routeKey === key))).toEqual([]);
});

describe('a function with writes of users', () => {
  const withOwners = operations.filter(({ access, method }) => access === 'owner' && method !== 'GET');
  const limited = planWith({ OpenSearchEndpoint: ENDPOINT }).functions.filter(({ routes }) =>
    routes.some((route) =>
      withOwners.some((operation) => routeKeyOf(operation) === `${route.method} ${route.path}`),
    ),
  );

  it('is there', () => {
    expect(limited.map(({ logicalId }) => logicalId)).toEqual([
      'UsersFunction',
      'OrdersFunction',
      'AccountsFunction',
    ]);
  });

  it.each(limited)(
    '$logicalId changes nothing else in the idempotency table than its own counts',
    ({ logicalId, environment }) => {
      expect(environment['WRITES_PER_MINUTE']).toBe('60');
      const granted = grantsIn(propertiesOf(logicalId)['Policies']).filter(
        ({ Action, Resource }) =>
          Action.includes('dynamodb:UpdateItem') && JSON.stringify(Resource).includes('IdempotencyTable'),
      );
      const id = { OrdersFunction: openOrdersKey(userId).id, AccountsFunction: accountsKey(userId).id };
      const ids = [
        writeRateKey(userId).id,
        ...Object.entries(id).flatMap(([name, own]) => (name === logicalId ? own : [])),
      ];
      expect(granted).toMatchObject([
        {
          Condition: {
            'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ids.map((one) => one.replace(userId, '*')) },
          },
        },
      ]);
    },
  );
});

it('no user has more open orders than one request reads', () => {
  expect(template.Parameters['OpenOrdersMax']?.MaxValue).toBe(BATCH_GET_KEYS_MAX);
});

describe('the authorization scopes of a route', () => {
  const scopesOf = (parameters: Record<string, string>) => {
    const plan = planWith({ OpenSearchEndpoint: ENDPOINT, ...parameters });
    const defaults = plan.httpApis[0]?.defaultScopes ?? [];
    const routes = plan.functions.flatMap((one) => one.routes);
    return Object.fromEntries(
      routes.map(({ isPublic, scopes = defaults, ...route }) => [
        `${route.method} ${route.path}`,
        isPublic ? [] : scopes,
      ]),
    );
  };

  it.each(['', 'order-stream/'])('are those of its operation, each with the prefix %j', (ScopePrefix) => {
    const prefixed = (operation: Operation) =>
      routeScopesOf(operation).map((scope) => `${ScopePrefix}${scope}`);
    expect(scopesOf({ ScopePrefix })).toEqual(
      Object.fromEntries(operations.map((operation) => [routeKeyOf(operation), prefixed(operation)])),
    );
  });
});

const { functions: planned } = planWith({ OpenSearchEndpoint: ENDPOINT });
const routed = planned.filter(({ routes }) => routes.length > 0).map(({ logicalId }) => logicalId);

describe('a function with an HTTP route', () => {
  const provisioned = (logicalId: string, parameters: Record<string, string>): unknown =>
    resolve({ config: propertiesOf(logicalId)['ProvisionedConcurrencyConfig'] }, scopeWith(parameters));

  it.each(routed)('%s is kept initialised as often as the parameter says', (logicalId) => {
    expect(provisioned(logicalId, { ProvisionedConcurrency: '2' })).toEqual({
      config: { ProvisionedConcurrentExecutions: 2 },
    });
  });

  it.each(routed)('%s is not kept initialised unless told', (logicalId) => {
    expect(provisioned(logicalId, {})).toEqual({});
  });
});

describe('a function that clients or the stream call', () => {
  const aliased = [...routed, 'OrderEventsFunction', 'SearchIndexFunction'];

  it('is any with an alias', () => {
    const all = functions.filter(([, { Properties }]) => 'AutoPublishAlias' in Properties);
    expect(all.map(([logicalId]) => logicalId).toSorted()).toEqual(aliased.toSorted());
  });

  it.each(aliased)('%s is called through an alias, behind which any change is a new version', (logicalId) => {
    expect(propertiesOf(logicalId)).toMatchObject({
      AutoPublishAlias: LIVE_ALIAS,
      AutoPublishAliasAllProperties: true,
    });
  });

  it.each(aliased)(
    '%s is deployed at once without an alarm, and otherwise gradually with one',
    (logicalId) => {
      const preference = (type: string): unknown =>
        resolve(propertiesOf(logicalId)['DeploymentPreference'], {
          ...scopeOn({ DeploymentType: type }, DOMAIN),
          ref: (name) =>
            template.Resources[name] === undefined ? scopeWith({ DeploymentType: type }).ref(name) : name,
          getAtt: (of) => of,
        });
      expect(preference('AllAtOnce')).toMatchObject({
        Type: 'CodeDeployDefault.LambdaAllAtOnce',
        Alarms: [],
      });
      const gradual = preference('Canary10Percent5Minutes');
      expect(gradual).toMatchObject({ Type: 'CodeDeployDefault.LambdaCanary10Percent5Minutes' });
      expect(gradual).toMatchObject({ Alarms: [expect.any(String)] });
    },
  );

  it.each(aliased)('%s may be moved by the role of its deployments', (logicalId) => {
    const { DeploymentPreference: preference } = propertiesOf(logicalId);
    const Preference = z.object({
      Role: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
    });
    const [role] = Preference.parse(preference).Role['Fn::GetAtt'];
    const moving = grantsIn(propertiesOf(role)['Policies']).filter(({ Action }) =>
      Action.includes('lambda:UpdateAlias'),
    );
    expect(JSON.stringify(moving)).toContain(`\${${logicalId}.Arn}*`);
  });

  // SAM's hash is of the template's text, CloudFormation's replacement of a version is by its description, and Lambda refuses to publish a
  // version of a function that has not changed.
  it.each(aliased)(
    '%s gets another version with each parameter that changes it, and with no other',
    (logicalId) => {
      const {
        VersionDescription: description,
        Policies: _policies,
        Events: _events,
        ProvisionedConcurrencyConfig: _provisioned,
        ReservedConcurrentExecutions: _reserved,
        DeploymentPreference: _preference,
        ...own
      } = propertiesOf(logicalId);
      const stateWith = (parameters: Record<string, string>) => {
        const scope = scopeOn(parameters, DOMAIN);
        return {
          configured: JSON.stringify(resolve([template.Globals.Function, own], scope)),
          described: JSON.stringify(resolve(description, scope)),
        };
      };
      // Each of the two needs the other.
      const vpc = { SearchSubnetIds: 'subnet-00000001', SearchSecurityGroupId: 'sg-00000001' };
      const before = stateWith(vpc);
      const changed = (what: 'configured' | 'described') =>
        Object.entries(OTHER_VALUES)
          .filter(([name, value]) => stateWith({ ...vpc, [name]: value })[what] !== before[what])
          .map(([name]) => name);
      expect(changed('configured')).toContain('LogLevel');
      expect(changed('described')).toEqual(changed('configured'));
    },
  );

  it.each(aliased)('%s gets another version with another domain that it searches', (logicalId) => {
    const { VersionDescription: description, Environment: environment } = propertiesOf(logicalId);
    const on = (domain: string) => resolve({ description, environment }, scopeOn({}, domain));
    const [one, other] = [on(DOMAIN), on(`${DOMAIN}-2`)].map((state) =>
      z.object({ description: z.string(), environment: z.unknown() }).parse(state),
    );
    expect(one?.description === other?.description).toBe(
      JSON.stringify(one?.environment) === JSON.stringify(other?.environment),
    );
  });

  it.each(aliased)('%s has a description of its versions that fits', (logicalId) => {
    const subnet = `subnet-${'0'.repeat(17)}`;
    const scope = scopeWith({
      LogLevel: 'DEBUG',
      OrderRetentionDays: '3650',
      HighValueThreshold: '1000000000',
      StatsParts: '512',
      MaximumRecordAgeSeconds: '86400',
      StatusPartitions: '64',
      OrderPiecesMax: '1000000',
      OpenOrdersMax: '100',
      AccountsMax: '100',
      WritesPerMinute: '10000',
      OpenSearchAuth: 'sigv4',
      OpenSearchEndpoint: `https://${'x'.repeat(77)}.es.amazonaws.com`,
      SchemaBaseUrl: `https://${'x'.repeat((template.Parameters['SchemaBaseUrl']?.MaxLength ?? Infinity) - 8)}`,
      SearchSubnetIds: [subnet, subnet, subnet].join(','),
      SearchSecurityGroupId: `sg-${'0'.repeat(17)}`,
      ScopePrefix: 'x'.repeat(template.Parameters['ScopePrefix']?.MaxLength ?? Infinity),
      OrderMails: 'Disabled',
      MailFrom: `${'x'.repeat((template.Parameters['MailFrom']?.MaxLength ?? Infinity) - 4)}@x.y`,
    });
    const description = resolve(propertiesOf(logicalId)['VersionDescription'], scope);
    expect(String(description).length).toBeLessThanOrEqual(VERSION_DESCRIPTION_MAX);
  });

  it('has another value of every parameter to be tried', () => {
    expect(Object.keys(OTHER_VALUES).sort()).toEqual(Object.keys(template.Parameters).sort());
  });
});

describe.each([
  ['SearchIndexFunction', ['es:ESHttpPost /_bulk', 'es:ESHttpGet /_alias/*']],
  ['AutomaticReplayFunction', ['es:ESHttpPost /_bulk', 'es:ESHttpGet /_alias/*']],
  [
    'SearchFunction',
    [
      ...['orders', 'products', 'users'].flatMap((name) => [
        `es:ESHttpPost /${name}/_search`,
        `es:ESHttpPost /${name}/_msearch`,
      ]),
      'es:ESHttpPost /heartbeats/_mget',
    ],
  ],
  ['OperatorsFunction', ['es:ESHttpPost /_bulk', 'es:ESHttpGet /_alias/*', 'es:ESHttpGet /orders/_doc/*']],
  [
    'InstallIndicesFunction',
    [
      'es:ESHttpGet /_alias/*',
      'es:ESHttpPut /_index_template/order-stream-orders',
      'es:ESHttpPut /_index_template/order-stream-products',
      'es:ESHttpPut /_index_template/order-stream-users',
      'es:ESHttpPut /_index_template/order-stream-heartbeats',
      'es:ESHttpPut /orders-v1',
      'es:ESHttpPut /products-v1',
      'es:ESHttpPut /users-v1',
      'es:ESHttpPut /heartbeats-v1',
      ...['es:ESHttpGet', 'es:ESHttpPut'].flatMap((action) =>
        ['orders', 'products', 'users', 'heartbeats'].flatMap((name) => [
          `${action} /${name}-write/_mapping`,
          `${action} /${name}-shadow/_mapping`,
        ]),
      ),
      'es:ESHttpPost /_aliases',
    ],
  ],
])('%s', (logicalId, requests) => {
  const created = 'arn:aws:es:eu-central-1:000000000000:domain/created';
  const given = 'arn:aws:es:eu-central-1:000000000000:domain/given';
  const grantedWith = (parameters: Record<string, string>): readonly string[] => {
    const policies = resolve(propertiesOf(logicalId)['Policies'], scopeOn(parameters, created));
    return grantsIn(policies)
      .flatMap(({ Action, Resource }) =>
        Action.flatMap((action) => Resource.map((one) => `${action} ${one}`)),
      )
      .filter((right) => right.startsWith('es:'));
  };
  const on = (domain: string) => requests.map((request) => request.replace(' ', ` ${domain}`));

  it('may send its requests to the domain that the stack makes', () => {
    expect(grantedWith({})).toEqual(on(created));
  });

  it('may send its requests to the domain that is given', () => {
    expect(grantedWith({ OpenSearchEndpoint: ENDPOINT, OpenSearchDomainArn: given })).toEqual(on(given));
  });

  it('has no rights on a domain where something else answers', () => {
    expect(grantedWith({ OpenSearchEndpoint: ENDPOINT })).toEqual([]);
  });
});

it('the heartbeats are written as often as the index lag counts on', () => {
  const { Events } = propertiesOf('WriteHeartbeatsFunction');
  expect(Events).toMatchObject({
    Schedule: { Properties: { ScheduleExpression: `rate(${HEARTBEAT_PERIOD_MS / MS_PER_MINUTE} minute)` } },
  });
});

describe('the search indices', () => {
  it('are installed again with each definition that changes', () => {
    const digest = createHash('sha256').update(JSON.stringify(indexDefinitions)).digest('hex');
    expect(propertiesOf('SearchIndices')).toMatchObject({
      Indices: indexDefinitions.map(({ name }) => name),
      Definitions: digest.slice(0, DIGEST_CHARACTERS),
    });
  });

  it('are installed again with another number of shards, which a rebuild takes as well', () => {
    expect(propertiesOf('SearchIndices')).toMatchObject({ Shards: { Ref: 'SearchShards' } });
    expect(template.Parameters['SearchShards']).toMatchObject({ MinValue: 1, MaxValue: SHARDS_MAX });
  });

  it('have as many shards as the parameter says unless told', () => {
    const bodies = indexDefinitions.map(({ body }) => body.settings?.index?.['number_of_shards']);
    expect(bodies).toEqual(bodies.map(() => template.Parameters['SearchShards']?.Default));
  });

  it('have the fields of a new version before its consumer writes them', () => {
    expect([template.Resources['SearchIndexFunction']?.['DependsOn']].flat()).toContain('SearchIndices');
  });
});

describe('parameters that do not go together', () => {
  const arn = 'arn:aws:es:eu-central-1:000000000000:domain/search';

  it.each([
    ['unsigned requests to a created domain', { OpenSearchAuth: 'none' }, /OpenSearchAuth=none needs/],
    ['mails without a sender', { OrderMails: 'Enabled', MailFrom: '' }, /OrderMails=Enabled needs MailFrom/],
    ["a domain's ARN without its endpoint", { OpenSearchDomainArn: arn }, /OpenSearchDomainArn needs/],
  ])('are refused: %s', (_, parameters, message) => {
    expect(() => planWith(parameters)).toThrow(message);
  });

  it.each([
    ['unsigned requests to an endpoint', { OpenSearchAuth: 'none', OpenSearchEndpoint: ENDPOINT }],
    ['a domain with its endpoint', { OpenSearchDomainArn: arn, OpenSearchEndpoint: ENDPOINT }],
  ])('are not %s', (_, parameters) => {
    expect(() => planWith(parameters)).not.toThrow();
  });

  const GP3_GIB_MAX = { 't3.small': 100, 't3.medium': 200, 'c6g.large': 256, 'c6g.xlarge': 512 };
  it.each(Object.entries(GP3_GIB_MAX))(
    'make no domain of %s.search with a larger volume than %i GiB',
    (type, most) => {
      const withVolume = (volume: unknown) => () =>
        checkRules(
          template,
          scopeWith({ SearchInstanceType: `${type}.search`, SearchVolumeGiB: String(volume) }),
        );
      const volumes = template.Parameters['SearchVolumeGiB']?.AllowedValues ?? [];
      const allowed = volumes.filter((volume) => Number(volume) <= most);
      expect(Math.max(...allowed.map(Number))).toBe(most);
      for (const volume of allowed) expect(withVolume(volume)).not.toThrow();
      for (const volume of volumes.filter((one) => !allowed.includes(one)))
        expect(withVolume(volume)).toThrow(`SearchVolumeGiB is at most ${most}`);
    },
  );

  it('keep no more environments initialised than an account may set aside', () => {
    const apiFunctions = planWith({ OpenSearchEndpoint: ENDPOINT }).functions.filter(
      ({ routes }) => routes.length > 0,
    );
    const most = template.Parameters['ProvisionedConcurrency']?.MaxValue ?? Infinity;
    expect(most * apiFunctions.length).toBeLessThanOrEqual(CONCURRENCY_TO_SET_ASIDE);
    expect(() => planWith({ ProvisionedConcurrency: String(most + 1) })).toThrow(
      new RegExp(`${apiFunctions.length} functions`),
    );
  });

  it.each([
    ['SearchInstanceType', 'i3.large.search'],
    ['AutomaticReplaySchedule', 'hourly'],
    ['StaleOrdersSchedule', 'daily'],
    ['OpenSearchEndpoint', `https://${'x'.repeat(78)}`],
  ])('are refused before anything is made: %s %s', (name, value) => {
    expect(() => planWith({ [name]: value })).toThrow(`Parameter ${name} must`);
  });

  it("have no text in place of a domain's ARN", () => {
    const parameters = { OpenSearchDomainArn: 'search', OpenSearchEndpoint: ENDPOINT };
    expect(() => planWith(parameters)).toThrow(/OpenSearchDomainArn must match/);
  });
});

// A stack's name has up to 128 characters, a queue's 80, and no rule can read the former.
it.each(Object.entries(template.Resources))(
  '%s has no name that is too long with some stack names',
  (_, { Type, Properties }) => {
    const name = Properties[namePropertyOf(Type) ?? 'LogGroupName'];
    expect(JSON.stringify(name) ?? '').not.toContain('AWS::StackName');
  },
);

describe('a log group', () => {
  const stackUuid = { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] };

  it.each(ofType('AWS::Logs::LogGroup'))(
    '%s has no name that a second stack could get',
    (_, { Properties }) => {
      const { LogGroupName: name = stackUuid } = Properties;
      expect(JSON.stringify(name)).toContain(JSON.stringify(stackUuid));
    },
  );

  it('of access logs needs no entry in the resource policy for logs of the account', () => {
    const name = resolve(propertiesOf('HttpApiLog')['LogGroupName'], scopeWith({}));
    expect(name).toMatch(/^\/aws\/vendedlogs\//);
  });

  it('of access logs has the reason for which a token was refused', () => {
    expect(JSON.stringify(propertiesOf('HttpApi')['AccessLogSettings'])).toContain(
      '$context.authorizer.error',
    );
  });

  it('of what CloudFormation calls outlives a stack whose creation failed', () => {
    expect(template.Resources['InstallIndicesLog']).toMatchObject({ DeletionPolicy: 'Retain' });
  });
});

describe('a queue', () => {
  it.each(queues)('%s is encrypted', (_, { Properties }) => {
    expect(Properties).toMatchObject({ SqsManagedSseEnabled: true });
  });

  const kept = queues.filter(([logicalId]) => logicalId !== 'BatchIntakeQueue');
  it.each(kept)('%s keeps messages for 14 days', (_, { Properties }) => {
    expect(Properties).toMatchObject({ MessageRetentionPeriod: SECONDS_14_DAYS });
  });

  it('of copies forgets them long before a dead letter expires, so that none comes back', () => {
    expect(propertiesOf('BatchIntakeQueue')).toMatchObject({ MessageRetentionPeriod: 3_600 });
  });

  it.each(queues)('%s refuses requests without TLS', (logicalId) => {
    expect(propertiesOf(`${logicalId}Policy`)).toMatchObject({
      Queues: [{ Ref: logicalId }],
      PolicyDocument: {
        Statement: expect.arrayContaining([
          expect.objectContaining({
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
  });
});

describe('the bucket of imports', () => {
  const plan = planWith({ OpenSearchEndpoint: ENDPOINT });
  const bucket = plan.buckets.find(({ logicalId }) => logicalId === 'ImportBucket');
  const queue = plan.queues.find(({ logicalId }) => logicalId === 'ImportQueue');
  const isReported = (key: string): boolean =>
    bucket?.notifications.some(({ prefix, suffix }) => key.startsWith(prefix) && key.endsWith(suffix)) ??
    false;

  it.each(['csv', 'csv.gz', 'ndjson', 'ndjson.gz'])('tells its queue of an object of .%s', (suffix) => {
    expect(isReported(`imports/orders.${suffix}`)).toBe(true);
    expect(bucket?.notifications.every(({ queueArn }) => queueArn === queue?.arn)).toBe(true);
  });

  it.each([reportKey, progressKey, (key: string) => partKey(key, 'etag', 1)])(
    'tells nobody of what an import puts beside its object',
    (keyBeside) => {
      expect(isReported(keyBeside('imports/orders.csv'))).toBe(false);
    },
  );

  it.each([reportKey, progressKey, (key: string) => partKey(key, 'etag', 1)])(
    'lets the role of the import alone write what it puts beside an object',
    (keyBeside) => {
      const { Statement } = PolicyOf.parse(propertiesOf('ImportBucketPolicy')).PolicyDocument;
      const denied = Statement.flatMap((one) => DeniedPut.safeParse(one).data ?? []);
      const patterns = denied.flatMap(({ Resource }) => Resource.map((sub) => sub['Fn::Sub']));
      const key = keyBeside('imports/orders.csv');
      const isDenied = (one: string): boolean => matchesGlob(`\${ImportBucket.Arn}/${key}`, one);
      expect([patterns.filter(isDenied), denied]).toMatchObject([
        [expect.any(String)],
        [
          {
            Condition: {
              ArnNotEquals: { 'aws:PrincipalArn': { 'Fn::GetAtt': ['ImportOrdersFunctionRole', 'Arn'] } },
            },
          },
        ],
      ]);
    },
  );

  it('is read by a function whose messages stay hidden six times as long as it may run', () => {
    const importing = plan.functions.find(({ logicalId }) => logicalId === 'ImportOrdersFunction');
    expect(Number(queue?.attributes['VisibilityTimeout'])).toBe(6 * (importing?.timeoutSeconds ?? 0));
  });
});

describe('a subscription', () => {
  const subscriptions = ofType('AWS::SNS::Subscription');
  const withAll = planWith({
    OpenSearchEndpoint: ENDPOINT,
    SampleSubscriber: 'Enabled',
    OrderMails: 'Enabled',
    WebhookUrl: 'https://shop.example/hook',
    NotificationEmail: 'desk@shop.example',
    SubscriberQueueArn: 'arn:aws:sqs:eu-central-1:000000000000:theirs',
    SubscriptionStatuses: 'shipped, delivered',
  });
  const planned = (logicalId: string) =>
    withAll.subscriptions.find((subscription) => subscription.logicalId === logicalId);

  it.each(subscriptions)(
    '%s gives what cannot be delivered to the queue that may hold it',
    (_, { Properties }) => {
      expect(Properties['RedrivePolicy']).toEqual({
        deadLetterTargetArn: { 'Fn::GetAtt': ['UndeliverableNotifications', 'Arn'] },
      });
    },
  );

  it.each(subscriptions)('%s is made after the policy of that queue', (_, { DependsOn }) => {
    expect([DependsOn].flat()).toContain('UndeliverableNotificationsPolicy');
  });

  it('is there for each parameter that names an endpoint, and for none unless told', () => {
    expect(withAll.subscriptions).toHaveLength(subscriptions.length);
    expect(planWith({ OpenSearchEndpoint: ENDPOINT }).subscriptions).toEqual([]);
  });

  it('of the order mails has the types of which there are mails', () => {
    const policy = propertiesOf('OrderMailsSubscription')['FilterPolicy'];
    expect(policy).toMatchObject({ type: [...MAILED_TYPES] });
  });

  it.each([
    ['WebhookSubscription', 'https', 'https://shop.example/hook'],
    ['EmailSubscription', 'email', 'desk@shop.example'],
    ['QueueSubscription', 'sqs', 'arn:aws:sqs:eu-central-1:000000000000:theirs'],
  ])('%s of a parameter is told of the statuses that are wanted', (logicalId, protocol, endpoint) => {
    expect(planned(logicalId)).toMatchObject({ protocol, endpoint });
    expect(planned(logicalId)?.attributes['FilterPolicy']).toBe('{"status":["shipped","delivered"]}');
  });

  it.each([
    ['WebhookUrl', 'http://shop.example'],
    ['WebhookUrl', 'https://'],
    ['NotificationEmail', 'nobody'],
    ['MailFrom', 'Shop <orders@shop.example>'],
    ['SubscriberQueueArn', 'arn:aws:sqs:eu-central-1:000000000000:theirs.fifo'],
    ['SubscriptionStatuses', 'placed,lost'],
  ])('takes no %s of %s', (name, value) => {
    expect(() => planWith({ OpenSearchEndpoint: ENDPOINT, [name]: value })).toThrow(
      new RegExp(`Parameter ${name} must`),
    );
  });
});

describe('the order mails', () => {
  const plan = planWith({ OpenSearchEndpoint: ENDPOINT, OrderMails: 'Enabled' });
  const queue = plan.queues.find(({ logicalId }) => logicalId === 'OrderMailsQueue');
  const sending = plan.functions.find(({ logicalId }) => logicalId === 'OrderMailsFunction');

  it('are sent by a function whose messages stay hidden six times as long as it may run', () => {
    expect(Number(queue?.attributes['VisibilityTimeout'])).toBe(6 * (sending?.timeoutSeconds ?? 0));
  });

  it('may be sent from one address alone', () => {
    const policies = JSON.stringify(propertiesOf('OrderMailsFunction')['Policies']);
    expect(policies).toContain('"ses:FromAddress":{"Ref":"MailFrom"}');
  });

  it('are kept in a table without a stream', () => {
    expect(propertiesOf('MailboxTable')).not.toHaveProperty('StreamSpecification');
  });
});

describe('the audiences of a token', () => {
  const audiences = (JwtAudience: string) =>
    parameterValues(template, { ...PLAN_PARAMETERS, JwtAudience }).get('JwtAudience');

  it('are one or more', () => {
    expect(audiences('shop')).toEqual(['shop']);
    expect(audiences('shop,operators')).toEqual(['shop', 'operators']);
  });

  it.each(['', 'shop,', 'shop,two words'])('are none of the text "%s"', (text) => {
    expect(() => audiences(text)).toThrow(TemplateError);
  });
});

describe('the writers of queues, buckets and topics', () => {
  const resolved = (policy: string, parameters: Record<string, string>): unknown => {
    const scope = new TemplateScope(
      template,
      parameterValues(template, { ...PLAN_PARAMETERS, ...parameters }),
      QUEUE_URL_BASE,
    );
    const { Statement } = PolicyOf.parse(propertiesOf(policy)).PolicyDocument;
    const own = Statement.find((one) => JSON.stringify(one).includes('"OwnWritersAlone"'));
    return resolve(own, scope);
  };
  const PATH = `/order-stream/${STACK_NAME}/`;
  const OWN = `arn:aws:iam::000000000000:role${PATH}*`;
  const OPERATORS = 'arn:aws:iam::000000000000:role/operators';
  const MAILS = { OrderMails: 'Enabled', MailFrom: 'a@shop.example' };

  it.each([
    'OrderEventsDeadLettersPolicy',
    'SearchIndexDeadLettersPolicy',
    'ParkedDeadLettersPolicy',
    'ImportQueuePolicy',
    'OrderMailsQueuePolicy',
    'OrderEventsDeadLetterBucketPolicy',
    'SearchIndexDeadLetterBucketPolicy',
    'OrderTopicPolicy',
  ])('are in %s the functions alone, and the operators where a parameter names them', (policy) => {
    const allBut = (...arns: readonly string[]) => ({
      ...{ Effect: 'Deny', Principal: '*' },
      Condition: { ArnNotLike: { 'aws:PrincipalArn': arns } },
    });
    expect(resolved(policy, MAILS)).toMatchObject(allBut(OWN));
    expect(resolved(policy, { ...MAILS, OperatorRoleArn: OPERATORS })).toMatchObject(allBut(OWN, OPERATORS));
  });

  it('are services alone for the feedback on mails', () => {
    expect(resolved('MailFeedbackTopicPolicy', MAILS)).toMatchObject({
      ...{ Effect: 'Deny', Principal: '*', Action: ['sns:Publish'] },
      Condition: { Bool: { 'aws:PrincipalIsAWSService': 'false' } },
    });
  });

  it("are known by the path of their roles, which has the stack's name", () => {
    const scope = new TemplateScope(template, parameterValues(template, PLAN_PARAMETERS), QUEUE_URL_BASE);
    const paths = functions.map(([, { Properties }]) => resolve(Properties['RolePath'], scope));
    expect(new Set(paths)).toEqual(new Set([PATH]));
  });

  it.each(['role/*', 'role/**', 'role/*/*', 'user/*'])(
    'are never those of a pattern as wide as %s',
    (all) => {
      const OperatorRoleArn = `arn:aws:iam::000000000000:${all}`;
      expect(() => parameterValues(template, { ...PLAN_PARAMETERS, OperatorRoleArn })).toThrow(TemplateError);
    },
  );
});

describe.each(['OrderEvents', 'SearchIndex'])('the mapping of %s', (consumer) => {
  it('sets whatever a stream mapping can set', () => {
    expect(propertiesOf(`${consumer}Mapping`)).toMatchObject({
      FunctionName: { Ref: `${consumer}Function.Alias` },
      EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: { Ref: `${consumer}BatchSize` },
      MaximumBatchingWindowInSeconds: { Ref: 'BatchingWindowSeconds' },
      ParallelizationFactor: { Ref: 'ParallelizationFactor' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: { Ref: 'MaximumRetryAttempts' },
      MaximumRecordAgeInSeconds: { Ref: 'MaximumRecordAgeSeconds' },
    });
  });

  it("gives batches up to the consumer's own bucket or queue, as the parameter says", () => {
    expect(propertiesOf(`${consumer}Mapping`)['DestinationConfig']).toEqual({
      OnFailure: {
        Destination: {
          'Fn::If': [
            'OnFailureToBucket',
            { 'Fn::GetAtt': [`${consumer}DeadLetterBucket`, 'Arn'] },
            { 'Fn::GetAtt': [`${consumer}DeadLetters`, 'Arn'] },
          ],
        },
      },
    });
  });

  it('has a bucket with the UUID of the stack in its name', () => {
    const plan = planWith({ OpenSearchEndpoint: ENDPOINT });
    const bucket = plan.buckets.find(({ logicalId }) => logicalId === `${consumer}DeadLetterBucket`);
    expect(bucket?.name).toMatch(/^[a-z-]+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(bucket?.name.length).toBeLessThanOrEqual(BUCKET_NAME_LENGTH_MAX);
  });

  it('has a bucket whose batches nobody but the role of the consumer may write, as which Lambda does', () => {
    const { Statement } = PolicyOf.parse(propertiesOf(`${consumer}DeadLetterBucketPolicy`)).PolicyDocument;
    expect(Statement).toContainEqual({
      ...{ Sid: 'BatchesOfLambdaAlone', Effect: 'Deny', Principal: '*', Action: ['s3:PutObject'] },
      Resource: { 'Fn::Sub': `\${${consumer}DeadLetterBucket.Arn}/${BATCH_PREFIX}*` },
      Condition: {
        ArnNotEquals: { 'aws:PrincipalArn': { 'Fn::GetAtt': [`${consumer}FunctionRole`, 'Arn'] } },
      },
    });
  });

  it('has a queue that takes the largest letter', () => {
    expect(propertiesOf(`${consumer}DeadLetters`)).toMatchObject({ MaximumMessageSize: MESSAGE_BYTES_MAX });
  });

  it('has a rule that announces a batch in its bucket on its own queue, which lets the rule in, and one for the intake', () => {
    const plan = planWith({ OpenSearchEndpoint: ENDPOINT });
    const bucket = plan.buckets.find(({ logicalId }) => logicalId === `${consumer}DeadLetterBucket`);
    const queue = plan.queues.find(({ logicalId }) => logicalId === `${consumer}DeadLetters`);
    const intake = plan.queues.find(({ logicalId }) => logicalId === 'BatchIntakeQueue');
    expect(bucket?.notifications).toEqual(
      [queue, intake].map((to) => ({
        ...{ bucket: bucket?.name, queueArn: to?.arn, prefix: 'aws/lambda/', suffix: '' },
      })),
    );
    for (const policy of [`${consumer}DeadLettersPolicy`, 'ParkedDeadLettersPolicy'])
      expect(JSON.stringify(propertiesOf(policy))).toContain(
        `"Fn::GetAtt":["${consumer}BatchGivenUp","Arn"]`,
      );
  });

  it('has a rule whose message is read as one of S3', () => {
    const [{ InputTransformer }] = RuleTargets.parse(propertiesOf(`${consumer}BatchGivenUp`)['Targets']);
    const event = {
      time: '2026-01-02T03:04:05Z',
      detail: {
        bucket: { name: 'batches' },
        object: { key: 'aws/lambda/m/s/2026/01/02/2026-01-02T03.04.05-u' },
      },
    };
    const body = InputTransformer.InputTemplate.replaceAll(/<(\w+)>/g, (_, name: string) => {
      const path = InputTransformer.InputPathsMap[name]?.split('.').slice(1) ?? [];
      return JSON.stringify(path.reduce<unknown>((value, member) => Object(value)[member], event));
    });
    expect(readMessageBody(body)).toEqual({
      kind: 'objects',
      objects: [{ bucket: 'batches', key: event.detail.object.key }],
    });
  });

  it('gives nothing up before it is announced', () => {
    expect([template.Resources[`${consumer}Mapping`]?.['DependsOn']].flat()).toContain(
      `${consumer}DeadLettersPolicy`,
    );
  });
});

it.each([
  ['UsersFunction', 'Consumers'],
  ['OrdersFunction', 'Consumers'],
  ['ProductsFunction', 'Consumers'],
  ['AccountsFunction', 'Consumers'],
  ['ImportOrdersFunction', 'OrderEventsFunctionAliaslive'],
  ['CancelStaleOrdersFunction', 'OrderEventsFunctionAliaslive'],
  ['AutomaticReplayFunction', 'OrderEventsFunctionAliaslive'],
  ['OrderEventsFunction', 'SearchIndexFunctionAliaslive'],
])('%s is deployed after %s, which reads what it writes', (writer, reader) => {
  expect([template.Resources[writer]?.['DependsOn']].flat()).toContain(reader);
});

it.each([
  ['OrderEventsBatchSize', 100],
  ['SearchIndexBatchSize', 500],
  ['MaximumRetryAttempts', -1],
  ['MaximumRecordAgeSeconds', 21_600],
  ['OnFailureDestination', 'Bucket'],
  ['ProvisionedConcurrency', 0],
])('%s is %s unless told', (name, value) => {
  expect(template.Parameters[name]?.Default).toBe(value);
});

it.each(Object.keys(template.Parameters))('the parameter %s is used', (name) => {
  expect(JSON.stringify([template.Conditions, template.Globals, template.Resources])).toContain(
    `{"Ref":"${name}"}`,
  );
});

/** The key of some item of each entity. A filter does not read ids. */
const example = ({ prefix, id }: KeyPart): string => (id === undefined ? prefix : `${prefix}1`);
const keys = new Map(
  ENTITIES.map(({ key: { entityType, pk, sk } }) => [entityType, { pk: example(pk), sk: example(sk) }]),
);
function keyOf(type: EntityType): ItemKey {
  const key = keys.get(type);
  if (key === undefined) throw new RangeError(`The registry has no ${type}`);
  return key;
}
const itemOf = (at: ItemKey, entityType?: unknown) => ({ ...at, entityType });

const Mapping = z.object({
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }),
});
const patternsOf = (consumer: string): readonly string[] =>
  Mapping.parse(propertiesOf(`${consumer}Mapping`)).FilterCriteria.Filters.map(({ Pattern }) => Pattern);

describe.each([
  ['OrderEvents', 'order-events'],
  ['SearchIndex', 'search-index'],
] as const)('the filter of %s', (consumer, name) => {
  const denied = filteredOut(name).map(({ key: { entityType } }): EntityType => entityType);
  const patterns = patternsOf(consumer).map((text): unknown => JSON.parse(text));
  const passes = compileEventPatterns(patterns);

  it('names exactly the types and sort keys that are left out', () => {
    const lists = [...JSON.stringify(patterns).matchAll(/"anything-but":(\[[^\]]*\])/g)].map(
      ([, list = '']) => JSON.parse(list).toSorted(),
    );
    const types = denied.toSorted();
    expect(lists).toEqual([types, types, denied.map((type) => keyOf(type).sk).toSorted()]);
  });

  it('can name them all: none has an id in its sort key', () => {
    expect(filteredOut(name).flatMap(({ key: { sk } }) => sk.id ?? [])).toEqual([]);
  });

  it("keeps Lambda's limits: few patterns, all of them on `dynamodb` alone", () => {
    expect(patterns.length).toBeLessThanOrEqual(FILTERS_MAX);
    expect(patterns).toEqual(patterns.map(() => ({ dynamodb: expect.any(Object) })));
  });

  it.each(denied)('leaves out writes and removals of a %s', (type) => {
    const item = itemOf(keyOf(type), type);
    expect([insertOf(item), modifyOf(item, item), removeOf(item)].filter(passes)).toEqual([]);
  });

  it.each(['Order', 'Account'] as const)('lets writes and removals of an %s through', (type) => {
    const item = itemOf(keyOf(type), type);
    const records = [insertOf(item), modifyOf(item, item), removeOf(item)];
    expect(records.filter(passes)).toEqual(records);
  });

  it.each([
    ['unknown', 'Nonsense'],
    ['absent', undefined],
    ['a number', 7],
    ['null', null],
    ['an empty string', ''],
    ['that of another key', 'Account'],
  ])('lets items through whose type is %s, also under the key of one that is left out', (_, entityType) => {
    const sound = itemOf(keyOf('Tally'), 'Tally');
    const records = [keyOf('Order'), keyOf('Tally')].flatMap((at) => {
      const broken = itemOf(at, entityType);
      return [insertOf(broken), modifyOf(sound, broken), modifyOf(broken, broken), removeOf(broken)];
    });
    expect(records.filter(passes)).toEqual(records);
  });

  const mismatched = denied.flatMap((type) =>
    denied.filter((other) => other !== type).map((other) => [type, other] as const),
  );
  it.each(mismatched)('leaves out a %s under the sort key of a %s too: the one gap', (type, other) => {
    const item = itemOf(keyOf(other), type);
    expect([insertOf(item), modifyOf(item, item), removeOf(item)].filter(passes)).toEqual([]);
  });

  it('lets an order through that bears a type that is left out', () => {
    const record = insertOf(itemOf(keyOf('Order'), 'Tally'));
    expect(passes(record)).toBe(true);
  });
});

it.each(['Product', 'Heartbeat'] as const)('a %s is let through to the search index alone', (type) => {
  const record = insertOf(itemOf(keyOf(type), type));
  const reached = ['OrderEvents', 'SearchIndex'].filter((consumer) =>
    compileEventPatterns(patternsOf(consumer).map((text): unknown => JSON.parse(text)))(record),
  );
  expect(reached).toEqual(['SearchIndex']);
});
