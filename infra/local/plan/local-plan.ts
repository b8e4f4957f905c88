import { parameterValues } from '../template/parameters.ts';
import { readProperties } from '../template/resource-properties.ts';
import { checkRules } from '../template/rules.ts';
import { type Resource, type Template, withGlobals } from '../template/template.ts';
import { TemplateError } from '../template/template-error.ts';
import { TemplateScope } from '../template/template-scope.ts';
import { type MappingDefinition, readMapping } from './event-source-mapping.ts';
import { type FunctionDefinition, readFunction } from './function.ts';
import { type HttpApiDefinition, readHttpApi } from './http-api.ts';
import {
  type BucketDefinition,
  type QueueDefinition,
  readBucket,
  readObjectRule,
  readQueue,
  readSubscription,
  readTopic,
  type SubscriptionDefinition,
  type TopicDefinition,
} from './messaging.ts';
import type { QueueMappingDefinition } from './queue-mapping.ts';
import type { ReadResource, ResourceToRead } from './read-resource.ts';
import { readSecret, type SecretDefinition } from './secret.ts';
import { readTable, type TableDefinition } from './table.ts';
import { type TopicEndpointDefinition, topicEndpoint } from './topic-endpoint.ts';

/** What the local system has to start, in terms of this machine. */
export interface LocalPlan {
  readonly tables: readonly TableDefinition[];
  readonly queues: readonly QueueDefinition[];
  readonly topics: readonly TopicDefinition[];
  readonly subscriptions: readonly SubscriptionDefinition[];
  /** The subscriptions of URLs and mail addresses, for which a queue each stands among `queues`. */
  readonly topicEndpoints: readonly TopicEndpointDefinition[];
  readonly buckets: readonly BucketDefinition[];
  readonly secrets: readonly SecretDefinition[];
  readonly functions: readonly FunctionDefinition[];
  /** The mappings on streams. */
  readonly mappings: readonly MappingDefinition[];
  readonly httpApis: readonly HttpApiDefinition[];
  readonly queueMappings: readonly QueueMappingDefinition[];
}

/** Types that mean nothing here. A type that is neither here nor read below is an error. */
const IGNORED_TYPES = new Set([
  'AWS::CloudFormation::CustomResource',
  'AWS::CloudFormation::WaitConditionHandle',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::IAM::Role',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::ResourcePolicy',
  // The local node stands for it.
  'AWS::OpenSearchService::Domain',
  'AWS::S3::BucketPolicy',
  // The mail server stands for SES.
  'AWS::SES::ConfigurationSet',
  'AWS::SES::ConfigurationSetEventDestination',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
]);

/**
 * Makes the plan. `queueUrlBase` is the endpoint that queue URLs begin with.
 *
 * @throws TemplateError for what the local system does not know, a wrong parameter, or parameters that break a rule.
 */
export function localPlan(
  template: Template,
  parameters: Readonly<Record<string, string>>,
  queueUrlBase: string,
): LocalPlan {
  const scope = new TemplateScope(template, parameterValues(template, parameters), queueUrlBase);
  checkRules(template, scope);
  const unread = new Map(scope.present());
  const read = <Definition>(type: string, reader: ReadResource<Definition>): readonly Definition[] =>
    [...unread]
      .filter(([, resource]) => resource.Type === type)
      .map(([logicalId, resource]) => {
        unread.delete(logicalId);
        return reader(resourceToRead(template, scope, logicalId, resource));
      });
  const eventSources = read('AWS::Lambda::EventSourceMapping', readMapping);
  const subscriptions = read('AWS::SNS::Subscription', readSubscription);
  const objectRules = read('AWS::Events::Rule', readObjectRule).flat();
  const topicEndpoints = subscriptions.flatMap((subscription) => topicEndpoint(subscription, queueUrlBase));
  const plan = {
    tables: read('AWS::DynamoDB::Table', readTable),
    queues: [...read('AWS::SQS::Queue', readQueue), ...topicEndpoints.map(({ queue }) => queue)],
    topics: read('AWS::SNS::Topic', readTopic),
    subscriptions,
    topicEndpoints,
    buckets: read('AWS::S3::Bucket', readBucket).map((bucket) => ({
      ...bucket,
      notifications: [...bucket.notifications, ...objectRules.filter((rule) => rule.bucket === bucket.name)],
    })),
    secrets: read('AWS::SecretsManager::Secret', readSecret),
    functions: read('AWS::Serverless::Function', readFunction),
    httpApis: read('AWS::Serverless::HttpApi', readHttpApi),
    mappings: eventSources.filter((mapping) => mapping.source === 'stream'),
    queueMappings: eventSources.filter((mapping) => mapping.source === 'queue'),
  };
  const unknown = [...unread].find(([, { Type }]) => !IGNORED_TYPES.has(Type));
  if (unknown !== undefined)
    throw new TemplateError(`The local system does not know ${unknown[0]}'s type ${unknown[1].Type}`);
  return plan;
}

function resourceToRead(
  template: Template,
  scope: TemplateScope,
  logicalId: string,
  resource: Resource,
): ResourceToRead {
  const own = resource.Properties;
  const isFunction = resource.Type === 'AWS::Serverless::Function';
  const all = isFunction ? withGlobals(template.Globals.Function, own) : own;
  return {
    logicalId,
    resource,
    get local() {
      return scope.local(logicalId);
    },
    properties: (known) => readProperties(logicalId, all, scope, known),
  };
}
