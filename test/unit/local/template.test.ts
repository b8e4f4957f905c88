import { describe, expect, it } from 'vitest';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { parseTemplate, readTemplate } from '../../../infra/local/template/template.ts';
import { TemplateError } from '../../../infra/local/template/template-error.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';

const QUEUE_URL_BASE = 'http://127.0.0.1:4566';
const LOCAL = { ...PLAN_PARAMETERS, OpenSearchAuth: 'none' };
const planOf = (resources: string, parameters: Record<string, string> = {}) =>
  localPlan(
    parseTemplate(`
Parameters:
  Size: { Type: Number, Default: 5, MinValue: 1, MaxValue: 10 }
  Mode: { Type: String, Default: Bucket, AllowedValues: [Bucket, Queue] }
Conditions:
  ToBucket: !Equals [!Ref Mode, Bucket]
  ToQueue: !Not [!Condition ToBucket]
Globals:
  Function: { Timeout: 10, MemorySize: 256, Runtime: nodejs24.x, Environment: { Variables: { A: global, B: global } } }
Resources:
${resources}`),
    parameters,
    QUEUE_URL_BASE,
  );
const functionWith = (properties: string) => `
  Work:
    Type: AWS::Serverless::Function
    Properties: { Handler: a/work.run, ${properties} }`;
const queueMappingWith = (properties: string) => `${queueWith('{}')}
${functionWith('Timeout: 3')}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { FunctionName: !Ref Work, EventSourceArn: !GetAtt Letters.Arn, ${properties} }`;
const queueWith = (attributes: string) => `  Letters: { Type: AWS::SQS::Queue, Properties: ${attributes} }`;

describe('the plan that is made of infra/template.yaml', () => {
  const plan = localPlan(readTemplate(), LOCAL, QUEUE_URL_BASE);

  it('has each function with a source file, an export and its routes', () => {
    expect(plan.functions.find(({ logicalId }) => logicalId === 'SearchFunction')).toMatchObject({
      entryPoint: 'handlers/api/search.ts',
      exportName: 'handler',
      routes: [
        { method: 'GET', path: '/search/orders' },
        { method: 'GET', path: '/search/products' },
        { method: 'GET', path: '/search/users' },
        { method: 'GET', path: '/search/suggest' },
        { method: 'GET', path: '/search/analytics' },
      ],
    });
  });

  it('leads each mapping to its function, the table and its on-failure bucket', () => {
    expect(plan.mappings.map(({ functionName }) => functionName)).toEqual([
      'order-stream-OrderEventsFunction',
      'order-stream-SearchIndexFunction',
    ]);
    const buckets = plan.buckets.flatMap(({ logicalId, arn }) =>
      logicalId.endsWith('DeadLetterBucket') ? [arn] : [],
    );
    expect(plan.mappings.map(({ onFailureArn }) => onFailureArn)).toEqual(buckets);
  });

  it('leads each mapping to its queue where the parameter says so', () => {
    const toQueue = localPlan(readTemplate(), { ...LOCAL, OnFailureDestination: 'Queue' }, QUEUE_URL_BASE);
    const queues = toQueue.queues.map(({ arn }) => arn);
    expect(toQueue.mappings.every(({ onFailureArn }) => queues.includes(onFailureArn ?? ''))).toBe(true);
  });

  it('gives the search function the local endpoint', () => {
    const search = plan.functions.find(({ logicalId }) => logicalId === 'SearchIndexFunction');
    expect(search?.environment).toMatchObject({
      OPENSEARCH_ENDPOINT: LOCAL.OpenSearchEndpoint,
      OPENSEARCH_AUTH: 'none',
      DEAD_LETTER_QUEUE_URL: `${QUEUE_URL_BASE}/000000000000/order-stream-SearchIndexDeadLetters`,
    });
  });

  it('gives a mapping the same id each time, so that it finds its checkpoints again', () => {
    const again = localPlan(readTemplate(), LOCAL, QUEUE_URL_BASE);
    expect(again.mappings.map(({ settings }) => settings.id)).toEqual(
      plan.mappings.map(({ settings }) => settings.id),
    );
  });

  it('has the secrets that functions name by their ARNs', () => {
    expect(plan.secrets).toEqual([
      {
        logicalId: 'PageTokenSecret',
        arn: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:order-stream-PageTokenSecret',
        length: 64,
      },
      {
        logicalId: 'EmailHashKey',
        arn: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:order-stream-EmailHashKey',
        length: 64,
      },
    ]);
  });

  it('leaves the sample subscriber out unless it is asked for', () => {
    const withSubscriber = localPlan(
      readTemplate(),
      { ...LOCAL, SampleSubscriber: 'Enabled' },
      QUEUE_URL_BASE,
    );
    expect([plan.subscriptions.length, withSubscriber.subscriptions.length]).toEqual([0, 1]);
  });
});

describe('a template', () => {
  it("merges the globals into a function's own properties, which win", () => {
    const { functions } = planOf(functionWith('Timeout: 3, Environment: { Variables: { B: own } }'));
    expect(functions[0]).toMatchObject({
      timeoutSeconds: 3,
      memoryMb: 256,
      exportName: 'run',
      environment: { A: 'global', B: 'own' },
    });
  });

  it('takes in the map that a merge key names, where its own values and the first map win', () => {
    const { Resources } = parseTemplate(`
Resources:
  One: {Type: A, Properties: {<<: &low {Size: 1, Name: one, Tags: &tags [a]}}}
  Two: {Type: A, Properties: {<<: [&high {Size: 2}, *low], Name: two, More: *tags}}`);
    expect(Resources['Two']?.Properties).toEqual({ Size: 2, Name: 'two', Tags: ['a'], More: ['a'] });
  });

  it('refuses a name that stands twice, beside a merge key too', () => {
    const twice = 'Resources: {One: {Type: A, Properties: {<<: {Size: 1}, Size: 2, Size: 3}}}';
    expect(() => parseTemplate(twice)).toThrow('duplicated mapping key');
  });

  it('reads a mapping on a queue apart from those on streams', () => {
    const { mappings, queueMappings } = planOf(
      queueMappingWith(`
      BatchSize: !Ref Size, MaximumBatchingWindowInSeconds: 1, ScalingConfig: { MaximumConcurrency: 3 },
      FunctionResponseTypes: [ReportBatchItemFailures], Enabled: false, Tags: []`),
    );
    expect([mappings, queueMappings]).toEqual([
      [],
      [
        {
          source: 'queue',
          logicalId: 'Mapping',
          functionName: 'order-stream-Work',
          queueArn: 'arn:aws:sqs:eu-central-1:000000000000:order-stream-Letters',
          isEnabled: false,
          settings: {
            batchSize: 5,
            maximumBatchingWindowInSeconds: 1,
            maximumConcurrency: 3,
            reportBatchItemFailures: true,
          },
        },
      ],
    ]);
  });

  it("gives a mapping on a queue Lambda's defaults", () => {
    expect(planOf(queueMappingWith('')).queueMappings).toMatchObject([
      {
        isEnabled: true,
        settings: { batchSize: 10, maximumBatchingWindowInSeconds: 0, reportBatchItemFailures: false },
      },
    ]);
  });

  it("reads a function's schedules beside its routes", () => {
    const { functions } = planOf(
      functionWith(`Events: {
      Read: { Type: HttpApi, Properties: { ApiId: api, Auth: { Authorizer: jwt }, Method: get, Path: /orders } },
      Sweep: { Type: ScheduleV2, Properties: {
        ScheduleExpression: 'cron(0 3 * * ? *)', ScheduleExpressionTimezone: Europe/Berlin, GroupName: work,
        Input: '{"job":"sweep"}', FlexibleTimeWindow: { Mode: 'OFF' }, RetryPolicy: { MaximumRetryAttempts: 1 } } },
      Check: { Type: ScheduleV2, Properties: {
        Name: check-all, ScheduleExpression: rate(1 hour), State: DISABLED } } },
      EphemeralStorage: { Size: 1024 }, EventInvokeConfig: { MaximumRetryAttempts: 0 },
      DeadLetterQueue: { Type: SQS }`),
    );
    expect(functions[0]).toMatchObject({
      routes: [{ method: 'GET', path: '/orders' }],
      schedules: [
        { name: 'Sweep', input: { job: 'sweep' }, isEnabled: true },
        { name: 'check-all', input: undefined, isEnabled: false },
      ],
    });
    const [sweep] = functions[0]?.schedules ?? [];
    expect(sweep?.expression.next(new Date('2026-07-01T00:00:00Z'))).toEqual(
      new Date('2026-07-01T01:00:00Z'),
    );
  });

  it.each([
    ['Ref', '!Ref Size', '5'],
    ['Sub', `!Sub '$\{Size}0'`, '50'],
    ['Sub with variables', `!Sub ['$\{Zeros}$\{Size}', { Zeros: 10 }]`, '105'],
    ['Join', "!Join ['', [!Ref Size, '0']]", '50'],
    ['Select and Split', "!Select [1, !Split ['-', 4-60]]", '60'],
    ['If', '!If [ToQueue, 70, 80]', '80'],
    ['If with NoValue', '!If [ToQueue, 70, !Ref AWS::NoValue]', undefined],
  ])('evaluates %s', (_name, expression, expected) => {
    const { queues } = planOf(queueWith(`{ VisibilityTimeout: ${expression} }`));
    expect(queues[0]?.attributes['VisibilityTimeout']).toBe(expected);
  });

  it('leaves out a resource whose condition does not hold', () => {
    expect(planOf(`  Letters: { Type: AWS::SQS::Queue, Condition: ToQueue }`).queues).toEqual([]);
  });

  it.each([
    [
      'a resource of an unknown type',
      '  Thing: { Type: AWS::Kinesis::Stream }',
      /Thing's type AWS::Kinesis::Stream/,
    ],
    [
      'a filter on a queue, which nothing here knows',
      queueMappingWith('FilterCriteria: { Filters: [] }'),
      /Mapping's property FilterCriteria/,
    ],
    [
      'a mapping that starts at the tip of its stream',
      `${functionWith('Timeout: 3')}
  Mapping: { Type: AWS::Lambda::EventSourceMapping, Properties: {
    FunctionName: !Ref Work, EventSourceArn: 'arn:aws:dynamodb:eu-central-1:000000000000:table/t/stream/s', StartingPosition: LATEST } }`,
      /StartingPosition/,
    ],
    [
      'an unknown property of a schedule',
      functionWith('Events: { A: { Type: ScheduleV2, Properties: { ScheduleExpresion: rate(1 hour) } } }'),
      /ScheduleExpresion/,
    ],
    ['an unknown property', queueWith('{ VisibilityTimeuot: 3 }'), /VisibilityTimeuot/],
    [
      'an unknown intrinsic function',
      queueWith('{ VisibilityTimeout: !FindInMap [A, B, C] }'),
      /Fn::FindInMap/,
    ],
    ['a malformed intrinsic function', queueWith('{ VisibilityTimeout: !Join [a] }'), /malformed Fn::Join/],
    ['a reference that leads nowhere', queueWith('{ VisibilityTimeout: !Ref Nothing }'), /Nothing/],
  ])('is refused for %s', (_name, resources, message) => {
    const plan = () => planOf(resources);
    expect(plan).toThrow(TemplateError);
    expect(plan).toThrow(message);
  });

  it.each([
    ['an unknown name', { Sise: '3' }, /no parameter Sise/],
    ['a text for a number', { Size: 'many' }, /Size must be a number/],
    ['a number that is too large', { Size: '11' }, /Size must be 10 or less/],
    ['a value that is not allowed', { Mode: 'Topic' }, /Mode must be one of Bucket, Queue/],
  ])('refuses a parameter with %s', (_name, parameters, message) => {
    expect(() => planOf(queueWith('{}'), parameters)).toThrow(message);
  });
});
