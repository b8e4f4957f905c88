import manifest from '../../package.json' with { type: 'json' };
import { nameSchemas } from '../openapi/named-schemas.ts';
import { type EventType, eventTypes } from './event-types.ts';
import { attributesOf, exampleOf } from './example.ts';
import { attributesId, componentSchemas, schemaReference } from './schemas.ts';

const CHANNEL = 'orderTopic';
const QUEUE = 'subscriber';

const DESCRIPTION = [
  'What happens to orders, as [CloudEvents 1.0](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) in JSON.',
  'Events are delivered at least once and in no order: `id` tells repeats, `sequence` the order of the events of one `subject`.',
  'Ignore types and members that you do not know: both are added without a new version.',
].join(' ');

const RECEIVES_MAX = 5;

/** The AsyncAPI document of the order topic, as text: contracts/asyncapi.json. See https://www.asyncapi.com/docs/reference/specification/v3.0.0. */
export async function asyncApiDocument(): Promise<string> {
  await nameSchemas();
  const types = eventTypes();
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Order stream events',
      version: manifest.version,
      description: DESCRIPTION,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    defaultContentType: 'application/cloudevents+json',
    servers: {
      sns: {
        host: 'sns.{region}.amazonaws.com',
        protocol: 'sns',
        variables: { region: { description: 'The region of the stack.' } },
      },
    },
    channels: { [CHANNEL]: channel(types) },
    operations: { publishOrderEvents: publishing(types) },
    components: {
      messages: Object.fromEntries(types.map((type) => [type.id, message(type)])),
      schemas: componentSchemas(),
    },
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

const channel = (types: readonly EventType[]) => ({
  address: '{topicArn}',
  title: 'Order topic',
  servers: [{ $ref: '#/servers/sns' }],
  parameters: { topicArn: { description: 'The output TopicArn of the stack.' } },
  messages: Object.fromEntries(types.map(({ id }) => [id, { $ref: `#/components/messages/${id}` }])),
  bindings: { sns: { name: 'OrderTopic', ordering: { type: 'standard' }, bindingVersion: '0.1.0' } },
});

/** How the events are published, and how a queue takes them best. See https://github.com/asyncapi/bindings/tree/v3.0.0/sns. */
const publishing = (types: readonly EventType[]) => ({
  action: 'send',
  channel: { $ref: `#/channels/${CHANNEL}` },
  summary: 'Tells what happened to an order.',
  messages: types.map(({ id }) => ({ $ref: `#/channels/${CHANNEL}/messages/${id}` })),
  bindings: {
    sns: {
      consumers: [
        {
          protocol: 'sqs',
          endpoint: { name: QUEUE },
          rawMessageDelivery: true,
          filterPolicyScope: 'MessageAttributes',
          filterPolicy: { type: types.map(({ type }) => type) },
        },
      ],
      bindingVersion: '0.1.0',
    },
    sqs: {
      queues: [
        {
          name: QUEUE,
          redrivePolicy: {
            deadLetterQueue: { name: `${QUEUE}-dead-letters` },
            maxReceiveCount: RECEIVES_MAX,
          },
        },
      ],
      bindingVersion: '0.2.0',
    },
  },
});

/** See https://www.asyncapi.com/docs/reference/specification/v3.0.0#messageObject. */
function message({ id, type }: EventType) {
  const example = exampleOf(type);
  return {
    name: type,
    title: type,
    headers: { $ref: schemaReference(attributesId(id)) },
    payload: { $ref: schemaReference(id) },
    examples: [{ name: type, headers: attributesOf(example), payload: example }],
  };
}
