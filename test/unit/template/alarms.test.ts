import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { HEARTBEAT_PERIOD_MS } from '../../../contracts/entities/heartbeat.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { resolve } from '../../../infra/local/template/intrinsics.ts';
import { parameterValues } from '../../../infra/local/template/parameters.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { TemplateScope } from '../../../infra/local/template/template-scope.ts';
import { EventType } from '../../../pipelines/stream/record-metrics.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';
import { grantsIn } from '../../builders/policy-grants.ts';

/** CloudWatch's limit for an alarm that computes. */
const METRICS_MAX = 10;
const NEAR = 0.8;
/** For so long SQS tells of a queue that nobody uses. */
const QUEUE_ACTIVE_SECONDS = 21_600;
/** So often SQS sends the metrics of a queue. */
const QUEUE_METRIC_SECONDS = 60;
/** After so many receives a message is left out of the age when it is received again. */
const RECEIVES_OUT_OF_AGE = 2;
/** An alarm costs as much as it has metrics: https://aws.amazon.com/cloudwatch/pricing/. The figures are in docs/deploy.md. */
const ALARM_METRICS_BY_DEFAULT = 39;
const ALARM_METRICS_WITH_ALL_PARTS = 44;
const ALARM_METRICS_OF_GRADUAL_DEPLOYMENTS = 10;
const QUEUE_URL_BASE = 'http://127.0.0.1:4566';

const Metric = z.object({
  Namespace: z.unknown(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
});
const Alarm = z
  .looseObject({
    AlarmDescription: z.string(),
    Metrics: z.array(
      z.looseObject({ ReturnData: z.boolean().default(true), MetricStat: z.object({ Metric }).optional() }),
    ),
    Threshold: z.number(),
    TreatMissingData: z.string(),
  })
  .transform((alarm) => ({
    ...alarm,
    metrics: alarm.Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []),
  }));
const SimpleAlarm = Metric.loose().transform((alarm) => ({
  ...alarm,
  Metrics: [{ MetricStat: { Metric: alarm } }],
}));

const template = readTemplate();
const resources = Object.entries(template.Resources);
const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type);
const alarms = ofType('AWS::CloudWatch::Alarm').map(([name, { Condition, Properties }]) => ({
  name,
  condition: Condition,
  properties: Properties,
  ...Alarm.parse('Metrics' in Properties ? Properties : SimpleAlarm.parse(Properties)),
}));
/** The alarms on a metric of what `value` refers to. */
const watching = (metricName: string, value: object) =>
  alarms.filter(({ metrics }) =>
    metrics.some(
      ({ MetricName, Dimensions }) =>
        MetricName === metricName &&
        Dimensions.some(({ Value }) => JSON.stringify(Value) === JSON.stringify(value)),
    ),
  );
const ref = (logicalId: string) => ({ Ref: logicalId });
const queueName = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'QueueName'] });

const everything = { ...PLAN_PARAMETERS, SampleSubscriber: 'Enabled', OrderMails: 'Enabled' };
const plan = localPlan(template, everything, QUEUE_URL_BASE);
const functions = ofType('AWS::Serverless::Function').map(([logicalId]) => logicalId);
/** Whatever CloudFormation calls fails its deployment, and needs no alarm. */
const calledByCloudFormation = new Set(
  ofType('AWS::CloudFormation::CustomResource').map(([, { Properties }]) =>
    JSON.stringify(Properties['ServiceToken']),
  ),
);
const running = functions.filter(
  (logicalId) => !calledByCloudFormation.has(JSON.stringify({ 'Fn::GetAtt': [logicalId, 'Arn'] })),
);
const timeoutMs = (logicalId: string): number =>
  (plan.functions.find((one) => one.logicalId === logicalId)?.timeoutSeconds ?? 0) * MS_PER_SECOND;

const isApiFunction = (logicalId: string): boolean =>
  plan.functions.some((one) => one.logicalId === logicalId && one.routes.length > 0);
/** Functions whose failures show elsewhere, and the alarms that go off: where a retry waits, what ends as a dead letter, and who misses what they do. */
const SIGNS: Readonly<Record<string, readonly string[]>> = {
  OrderEventsFunction: ['OrderEventsLagging', 'OrderEventsRecordsLost'],
  SearchIndexFunction: ['SearchIndexLagging', 'SearchIndexStale', 'SearchIndexRecordsLost'],
  WriteHeartbeatsFunction: ['SearchIndexStale', 'OrderEventsStalled'],
  ImportOrdersFunction: ['ImportDeadLettersNotEmpty'],
  TakeInBatchesFunction: ['BatchIntakeWaiting'],
  OrderMailsFunction: ['OrderMailsDeadLettersNotEmpty'],
};
const withoutDimensions = (metricName: string) =>
  alarms.filter(({ metrics }) =>
    metrics.some(({ MetricName, Dimensions }) => MetricName === metricName && Dimensions.length === 0),
  );

describe('a function', () => {
  it.each(running.filter((logicalId) => !isApiFunction(logicalId)))(
    '%s has an alarm for its errors, or for what follows from them',
    (logicalId) => {
      const signs = SIGNS[logicalId] ?? [];
      const gradual = 'ShiftsGradually';
      const own = watching('Errors', ref(logicalId)).filter(({ condition }) => condition !== gradual);
      expect(own).toHaveLength(signs.length === 0 ? 1 : 0);
      expect(signs.filter((name) => template.Resources[name]?.Type !== 'AWS::CloudWatch::Alarm')).toEqual([]);
    },
  );

  it.each(running.filter(isApiFunction))(
    '%s of the API fails into the log that ApiErrors counts',
    (logicalId) => {
      const { LoggingConfig } = template.Resources[logicalId]?.Properties ?? {};
      expect(LoggingConfig).toMatchObject({ LogGroup: ref('ApiLog') });
    },
  );

  it('has an alarm for its throttles, with all that share the concurrency', () => {
    expect(withoutDimensions('Throttles')).toMatchObject([{ Threshold: 0, condition: undefined }]);
  });
});

describe('the alarm for errors of the API', () => {
  const Filter = z.object({
    LogGroupName: z.object({ Ref: z.literal('ApiLog') }),
    FilterPattern: z.string(),
    MetricTransformations: z.tuple([
      z.object({ MetricNamespace: z.unknown(), MetricName: z.string(), MetricValue: z.literal('1') }),
    ]),
  });
  const filter = Filter.parse(template.Resources['ApiErrorsFilter']?.Properties);

  it('is on the metric that the filter publishes', () => {
    const [{ MetricNamespace, MetricName }] = filter.MetricTransformations;
    const [alarm] = withoutDimensions('ApiErrors');
    expect(alarm?.metrics).toMatchObject([{ Namespace: MetricNamespace, MetricName }]);
  });

  it('counts what the functions log of a response of 500, and how Lambda ends a failed invocation', () => {
    const selectors = [...filter.FilterPattern.matchAll(/\(\$\.([\w.]+) = "(\w+)"\)/g)].map(
      ([, path, value]) => [path, value],
    );
    expect(selectors).toEqual([
      ['level', 'ERROR'],
      ['level', 'FATAL'],
      ['record.status', 'error'],
      ['record.status', 'failure'],
      ['record.status', 'timeout'],
    ]);
  });
});

it('the API has an alarm for the approach of the least time-out of its functions', () => {
  const least = Math.min(...running.filter(isApiFunction).map(timeoutMs));
  expect(watching('IntegrationLatency', ref('HttpApi'))).toMatchObject([{ Threshold: least * NEAR }]);
});

const consumers = plan.mappings.map(({ logicalId, functionName }) => {
  const behind = plan.functions.find(({ name }) => name === functionName);
  return [logicalId, behind?.logicalId ?? functionName] as const;
});
describe.each(consumers)('the consumer behind %s', (mapping, logicalId) => {
  it('has an alarm for its lag', () => {
    expect(watching('IteratorAge', ref(logicalId))).toHaveLength(1);
  });

  it('has an alarm for records that reached no dead-letter queue', () => {
    const lost = watching('DroppedEventCount', ref(mapping));
    expect(lost).toHaveLength(1);
    expect(watching('DestinationDeliveryFailures', ref(logicalId))).toEqual(lost);
  });

  it('publishes the counts that its alarms watch', () => {
    expect(template.Resources[mapping]?.Properties['MetricsConfig']).toEqual({ Metrics: ['EventCount'] });
  });
});

const Source = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.enum(['StreamArn', 'Arn'])]) });
const mappings = ofType('AWS::Lambda::EventSourceMapping').map(([mapping, { Condition, Properties }]) => {
  const [source, attribute] = Source.parse(Properties['EventSourceArn'])['Fn::GetAtt'];
  return { mapping, condition: Condition, source, attribute };
});
const queueMappings = mappings.filter(({ attribute }) => attribute === 'Arn');
describe('a mapping that is off', () => {
  const stalled = watching('PolledEventCount', ref('OrderEventsMapping'));
  const stale = watching('SearchIndexLag', ref('AWS::StackName'));

  it('is told by heartbeats that order-events has not read, silence too', () => {
    expect(stalled).toMatchObject([
      {
        properties: { ComparisonOperator: 'LessThanThreshold' },
        Threshold: 1,
        TreatMissingData: 'breaching',
      },
    ]);
  });

  it('is told by heartbeats that are not in the search index, silence too', () => {
    expect(stale).toMatchObject([{ Threshold: 300, TreatMissingData: 'breaching' }]);
  });

  it.each([...stalled, ...stale])('is not suspected by $name of a heartbeat or two', ({ properties }) => {
    const { Period, DatapointsToAlarm, EvaluationPeriods } = properties;
    const alarmPeriodMs = Number(Period) * Number(DatapointsToAlarm ?? EvaluationPeriods) * MS_PER_SECOND;
    expect(alarmPeriodMs).toBeGreaterThan(2 * HEARTBEAT_PERIOD_MS);
  });

  it.each([...stalled, ...stale])('is not suspected by $name before heartbeats are written', ({ name }) => {
    expect(template.Resources[name]).toMatchObject({
      DependsOn: expect.arrayContaining(['WriteHeartbeatsFunction']),
    });
  });

  it.each(mappings)('sets off an alarm: $mapping', ({ mapping, condition, source, attribute }) => {
    const heard =
      mapping === 'SearchIndexMapping'
        ? stale
        : [
            ...watching('PolledEventCount', ref(mapping)),
            ...watching('ApproximateAgeOfOldestMessage', queueName(source)),
          ];
    // A stream is never silent for its heartbeats; a queue is where nothing waits.
    const TreatMissingData = attribute === 'StreamArn' ? 'breaching' : 'notBreaching';
    expect(heard).toMatchObject([{ condition, TreatMissingData }]);
  });
});

/** Its messages are copies of those on the dead-letter queues, so that it needs no dead letters of its own. */
const COPIES = 'BatchIntakeQueue';

const AutomaticallyReplayed = z.object({
  VisibilityTimeout: z.number(),
  RedrivePolicy: z.object({ maxReceiveCount: z.number() }),
});
describe.each(queueMappings.filter(({ source }) => source !== COPIES))(
  'the alarm for old messages of $mapping',
  ({ source }) => {
    const [old] = watching('ApproximateAgeOfOldestMessage', queueName(source));
    const { VisibilityTimeout, RedrivePolicy } = AutomaticallyReplayed.parse(
      template.Resources[source]?.Properties,
    );

    it('leaves what fails to the dead letters', () => {
      expect(old?.properties).toMatchObject({
        Statistic: 'Maximum',
        ComparisonOperator: 'GreaterThanThreshold',
      });
      expect(old?.Threshold).toBeGreaterThan(VisibilityTimeout * RedrivePolicy.maxReceiveCount);
    });

    it('goes off before SQS is silent about a queue that nobody uses', () => {
      const evaluationSeconds =
        Number(old?.properties['Period']) * Number(old?.properties['EvaluationPeriods']);
      expect(Number(old?.Threshold) + evaluationSeconds).toBeLessThan(QUEUE_ACTIVE_SECONDS);
    });
  },
);

it('the alarm for old messages of the intake sees one that fails twice, before SQS leaves it out of the age', () => {
  const [old] = watching('ApproximateAgeOfOldestMessage', queueName(COPIES));
  const visibilityTimeout = Number(template.Resources[COPIES]?.Properties['VisibilityTimeout']);
  expect(old?.Threshold).toBeGreaterThan(visibilityTimeout);
  expect(Number(old?.Threshold) + QUEUE_METRIC_SECONDS).toBeLessThan(RECEIVES_OUT_OF_AGE * visibilityTimeout);
});

const onDepth = (logicalId: string) => watching('ApproximateNumberOfMessagesVisible', queueName(logicalId));
// A queue that gives nothing up to another one is where messages end.
const lastQueues = ofType('AWS::SQS::Queue').filter(
  ([logicalId, { Properties }]) => !('RedrivePolicy' in Properties) && logicalId !== COPIES,
);
it.each(lastQueues)('the dead-letter queue %s has an alarm for its depth', (logicalId, queue) => {
  const found = onDepth(logicalId).filter(({ properties }) => properties['Period'] === 60);
  // A queue that nobody uses sends nothing, and what is on it is still there.
  expect(found).toMatchObject([{ condition: queue.Condition, TreatMissingData: 'ignore', Threshold: 0 }]);
});

/** What is hidden while it is read is not counted in the depth, and what was received three times not in the age. */
const readAutomatically = lastQueues.filter(([logicalId]) =>
  grantsIn(template.Resources['AutomaticReplayFunction']?.Properties['Policies']).some(
    ({ Action, Resource }) =>
      Action.includes('sqs:ReceiveMessage') && JSON.stringify(Resource).includes(`["${logicalId}","Arn"]`),
  ),
);
it.each(readAutomatically)('the dead-letter queue %s has an alarm for many at once', (logicalId) => {
  const [, , many] = onDepth(logicalId);
  expect(many).toMatchObject({ condition: undefined, Threshold: 100, properties: { EvaluationPeriods: 1 } });
});

it.each(readAutomatically)(
  'a pass that hides the messages of %s for minutes is no end of its alarm',
  (logicalId) => {
    const [notEmpty] = onDepth(logicalId);
    expect(notEmpty?.properties).toMatchObject({ Period: 60, EvaluationPeriods: 5, DatapointsToAlarm: 1 });
  },
);

it('each index of the table whose reads or writes are throttled sets off the alarm of the table', () => {
  const [throttled] = watching('ReadThrottleEvents', ref('Table'));
  const watched = (metricName: string) =>
    throttled?.metrics.flatMap(({ MetricName, Dimensions }) =>
      MetricName === metricName
        ? Dimensions.flatMap(({ Name, Value }) => (Name === 'GlobalSecondaryIndexName' ? [Value] : []))
        : [],
    );
  expect(watched('ReadThrottleEvents')).toEqual(['GSI1', 'GSI2']);
  expect(watched('WriteThrottleEvents')).toEqual(['GSI1', 'GSI2', 'open']);
});

it.each(readAutomatically)(
  'the dead-letter queue %s, which the automatic replay reads, has an alarm for a day in which it was never empty for an hour',
  (logicalId) => {
    const [, lasting] = onDepth(logicalId);
    expect(lasting).toMatchObject({
      condition: undefined,
      Threshold: 0,
      TreatMissingData: 'ignore',
      properties: { Statistic: 'Maximum', Period: 3600, EvaluationPeriods: 24 },
    });
    expect(watching('ApproximateAgeOfOldestMessage', queueName(logicalId))).toEqual([]);
  },
);

it('every alarm on metrics of DynamoDB counts a minute without data as 0', () => {
  const onTables = alarms.filter(({ metrics }) =>
    metrics.some(({ Namespace }) => Namespace === 'AWS/DynamoDB'),
  );
  const results = onTables.map(({ name, Metrics }) => [name, Metrics[0]?.['Expression']]);
  expect(results).toEqual([
    ['TablesThrottled', 'SUM(FILL(METRICS(), 0))'],
    ['MailboxThrottled', 'SUM(FILL(METRICS(), 0))'],
  ]);
});

/** Tables that are read by full keys alone, one read for a write that has an alarm. */
const READ_BY_KEY = ['IdempotencyTable'];
it.each(ofType('AWS::DynamoDB::Table'))('the table %s has an alarm for throttles', (logicalId) => {
  expect(watching('ReadThrottleEvents', ref(logicalId))).toHaveLength(
    READ_BY_KEY.includes(logicalId) ? 0 : 1,
  );
  expect(watching('WriteThrottleEvents', ref(logicalId))).toHaveLength(1);
});

it.each(READ_BY_KEY)('no function may query %s, whose reads have no alarm', (logicalId) => {
  const querying = functions.filter((name) =>
    grantsIn(template.Resources[name]?.Properties['Policies']).some(
      ({ Action, Resource }) =>
        [Action].flat().some((action) => ['dynamodb:Query', 'dynamodb:Scan'].includes(action)) &&
        JSON.stringify(Resource).includes(`"${logicalId}"`),
    ),
  );
  expect(querying).toEqual([]);
});

it('only operators read the indices of OperationsTable, whose reads have no alarm', () => {
  const reading = functions.filter((name) =>
    grantsIn(template.Resources[name]?.Properties['Policies']).some(({ Resource }) =>
      /OperationsTable\.?Arn\}\/index/.test(JSON.stringify(Resource)),
    ),
  );
  expect(reading).toEqual(['OperatorsFunction']);
});

it.each([
  ['OrderEventsFaulty', 'order-events'],
  ['SearchIndexFaulty', 'search-index'],
])('%s counts the dead letters of %s by its own metric, and not by the queue', (name, consumer) => {
  const counted = alarms.find((alarm) => alarm.name === name)?.metrics.slice(1) ?? [];
  expect(counted.map(({ Namespace, MetricName, Dimensions }) => [Namespace, MetricName, Dimensions])).toEqual(
    EventType.options.map((eventType) => [
      'order-stream',
      'RecordsDeadLettered',
      Object.entries({ service: ref('AWS::StackName'), consumer, eventType }).map(([Name, Value]) => ({
        Name,
        Value,
      })),
    ]),
  );
});

// A domain that takes no writes takes no heartbeats either.
it.each(['ClusterStatus.red', 'FreeStorageSpace'])(
  'the search domain has an alarm for %s, where the stack makes it',
  (metric) => {
    expect(watching(metric, ref('SearchDomain'))).toMatchObject([{ condition: 'CreateSearchDomain' }]);
  },
);

it('the API has an alarm for answers of 5xx', () => {
  expect(watching('5xx', ref('HttpApi'))).toHaveLength(1);
});

describe.each(alarms)('the alarm $name', ({ name, properties, Metrics, metrics, AlarmDescription }) => {
  const actionsWith = (AlarmTopicArn: string): unknown => {
    const values = parameterValues(template, { ...PLAN_PARAMETERS, AlarmTopicArn });
    const scope = new TemplateScope(template, values, QUEUE_URL_BASE);
    return resolve({ alarm: properties['AlarmActions'], ok: properties['OKActions'] }, scope);
  };

  it('tells the topic when it goes off and when it is over, where there is one', () => {
    const topic = 'arn:aws:sns:eu-central-1:000000000000:alarms';
    expect(actionsWith(topic)).toEqual({ alarm: [topic], ok: [topic] });
    expect(actionsWith('')).toEqual({});
  });

  it('points to its section of the runbook', () => {
    expect(AlarmDescription).toContain(`See ${name} in docs/runbook.md.`);
  });

  it('is one number, made of as many metrics as CloudWatch takes', () => {
    expect(Metrics.filter(({ ReturnData }) => ReturnData)).toHaveLength(1);
    expect(metrics.length).toBeLessThanOrEqual(METRICS_MAX);
  });
});

describe('the metrics that alarms cost', () => {
  const metricsUnder = (conditions: readonly (string | undefined)[]): number =>
    alarms
      .filter(({ condition }) => conditions.includes(condition))
      .reduce((sum, { metrics }) => sum + metrics.length, 0);
  const byDefault = [undefined, 'CreateSearchDomain'];

  it('are as many as docs/deploy.md counts, by default and with every part', () => {
    expect(metricsUnder(byDefault)).toBe(ALARM_METRICS_BY_DEFAULT);
    expect(metricsUnder([...byDefault, 'HasOrderMails', 'HasSampleSubscriber'])).toBe(
      ALARM_METRICS_WITH_ALL_PARTS,
    );
    expect(metricsUnder(['ShiftsGradually'])).toBe(ALARM_METRICS_OF_GRADUAL_DEPLOYMENTS);
  });

  it('are of no other condition', () => {
    const others = alarms.filter(
      ({ condition }) =>
        ![...byDefault, 'HasOrderMails', 'HasSampleSubscriber', 'ShiftsGradually'].includes(condition),
    );
    expect(others.map(({ name }) => name)).toEqual([]);
  });
});

const watchedQueues = ofType('AWS::SQS::Queue')
  .map(([logicalId]) => logicalId)
  .filter((logicalId) => onDepth(logicalId).length > 0);
it.each(watchedQueues)(
  '%s, on which any message is an alarm, gets no s3:TestEvent of a bucket',
  (logicalId) => {
    const notifying = ofType('AWS::S3::Bucket').filter(([, { Properties }]) =>
      JSON.stringify(Properties['NotificationConfiguration'] ?? {}).includes(`["${logicalId}","Arn"]`),
    );
    expect(notifying.map(([bucket]) => bucket)).toEqual([]);
  },
);

describe('the runbook', () => {
  const text = readFileSync(join(PROJECT_ROOT, 'docs/runbook.md'), 'utf8');
  const sections = text
    .split(/^## /m)
    .filter((chapter) => chapter.startsWith('Alarms: '))
    .flatMap((chapter) => chapter.split(/^### /m).slice(1))
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return { names: heading.split(', '), body: lines.join('\n') };
    });

  it('has one section for each alarm, and none for another', () => {
    const named = sections.flatMap(({ names }) => names);
    expect(named.toSorted()).toEqual(alarms.map(({ name }) => name).toSorted());
  });

  it.each(sections)('says of $names what it means, what to do and when it is over', ({ body }) => {
    expect(body).toMatch(/\*\*Means\*\* .*\*\*Do\*\* .*```sh\n.*\*\*Over\*\* /s);
  });
});

describe('the dashboard', () => {
  const Body = z.object({
    widgets: z.array(
      z.discriminatedUnion('type', [
        z.looseObject({
          type: z.literal('alarm'),
          properties: z.object({ title: z.string(), alarms: z.array(z.string()) }),
        }),
        z.looseObject({
          type: z.literal('metric'),
          properties: z.looseObject({
            title: z.string(),
            region: z.string(),
            metrics: z.array(z.array(z.unknown())),
          }),
        }),
      ]),
    ),
  });
  const known = (logicalId: string): string => {
    if (!logicalId.startsWith('AWS::') && template.Resources[logicalId] === undefined)
      throw new RangeError(`The template has no ${logicalId}`);
    return logicalId;
  };
  const scope = { ref: known, getAtt: known, condition: () => true };
  const [, dashboard] = ofType('AWS::CloudWatch::Dashboard')[0] ?? [];
  const { widgets } = Body.parse(JSON.parse(String(resolve(dashboard?.Properties['DashboardBody'], scope))));

  it('shows every alarm that the stack always has', () => {
    const shown = widgets.flatMap((widget) => (widget.type === 'alarm' ? widget.properties.alarms : []));
    const lasting = alarms.filter(({ condition }) => condition === undefined).map(({ name }) => name);
    expect(shown.toSorted()).toEqual(lasting.toSorted());
  });

  it('shows the records, the lag and the dead letters of each consumer', () => {
    const text = JSON.stringify(widgets);
    for (const [mapping, logicalId] of consumers) {
      expect(text).toContain(`"IteratorAge","FunctionName","${logicalId}"`);
      for (const metric of ['PolledEventCount', 'DroppedEventCount'])
        expect(text).toContain(`"${metric}","EventSourceMappingUUID","${mapping}"`);
    }
    for (const consumer of ['order-events', 'search-index'])
      for (const metric of ['RecordsHandled', 'RecordsRetried', 'RecordsDeadLettered'])
        expect(text).toMatch(new RegExp(`${metric}[^}]*consumer=[^}]*${consumer}`));
    for (const [logicalId, { Condition }] of lastQueues)
      if (Condition === undefined) expect(text).toContain(`"QueueName","${logicalId}"`);
  });

  it.each(queueMappings.filter(({ condition }) => condition === undefined))(
    'shows how old the messages of $mapping are',
    ({ source }) => {
      expect(JSON.stringify(widgets)).toContain(`"ApproximateAgeOfOldestMessage","QueueName","${source}"`);
    },
  );
});
