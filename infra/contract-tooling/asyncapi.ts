import * as z from 'zod';
import { OrderNotification } from '../../contracts/events/order-notification.ts';
import { parse } from '../../contracts/reading.ts';
import * as contract from '../../contracts/subscriber/index.ts';
import manifest from '../../package.json' with { type: 'json' };
import { topicEntryOf } from '../../pipelines/order-events/notification/order-topic.ts';
import { exampleOf } from './event-examples.ts';
import { type JsonSchema, withMemberDescriptions } from './event-schemas.ts';
import { nameSchemas } from './named-schemas.ts';

/** One event type of the document. */
interface EventType {
  /** The name of its schema, which is the name of the export in contracts/. */
  readonly id: string;
  readonly type: OrderNotification['type'];
  /** The name of its data's schema, which describes the attributes too. */
  readonly dataId: string;
  /** The SNS message attributes of the event, for filter policies. */
  readonly attributes: z.ZodType;
}

/** Every event type, in the order of the contract. `nameSchemas` must have named them. */
const eventTypes = (): readonly EventType[] =>
  OrderNotification.options.map((event) => {
    const { type, data } = event.shape;
    const { status, currency } = data.shape;
    const attributes = z.object({ type, status, currency });
    return { id: nameOf(event), type: type.value, dataId: nameOf(data), attributes };
  });

const nameOf = (event: z.ZodType): string => parse(z.object({ id: z.string() }), event.meta()).id;

/** The SNS message attributes of an event, with their values. */
export const attributesOf = (event: OrderNotification): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(topicEntryOf(event).MessageAttributes).map(([name, { StringValue }]) => [
      name,
      StringValue,
    ]),
  );

/** The reference to a schema of the document. */
const schemaReference = (id: string): string => `#/components/schemas/${id}`;

/** The name of the schema of an event's message attributes. */
const attributesId = (eventId: string): string => `${eventId}Attributes`;

/**
 * Each schema that a subscriber may import, by the name of its export, and the schemas of the events' attributes, in AsyncAPI's dialect
 * of JSON Schema: https://www.asyncapi.com/docs/reference/specification/v3.0.0#schemaObject. Objects allow future members.
 * `nameSchemas` must have named the schemas.
 */
function componentSchemas(): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ id: string; description?: string | undefined }>();
  for (const [id, schema] of Object.entries(contract))
    if (schema instanceof z.ZodType) registry.add(schema, { ...schema.meta(), id });
  const dataIds = new Map(eventTypes().map(({ id, dataId }) => [attributesId(id), dataId]));
  for (const { id, attributes } of eventTypes()) registry.add(attributes, { id: attributesId(id) });
  const { schemas } = z.toJSONSchema(registry, { target: 'draft-7', io: 'input', uri: schemaReference });
  return Object.fromEntries(
    Object.entries(schemas)
      .map(([id, schema]) => [id, componentOf(dataIds.get(id) ?? id, schema)] as const)
      .toSorted(([one], [other]) => one.localeCompare(other, 'en')),
  );
}

/** A schema whose members are described by those of the schema `id`. The schema of all events says by which member they differ. */
const componentOf = (id: string, { $schema, $id, ...schema }: JsonSchema): JsonSchema =>
  id === 'OrderNotification' ? { ...schema, ...DISCRIMINATED } : withMemberDescriptions(id, schema);

const DISCRIMINATED: JsonSchema = {
  type: 'object',
  properties: { type: { $ref: schemaReference('NotificationType') } },
  required: ['type'],
  discriminator: 'type',
};

const CHANNEL = 'orderTopic';
const QUEUE = 'subscriber';

const DESCRIPTION = [
  'Changes of orders, as [CloudEvents 1.0](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) in JSON.',
  'Events are delivered at least once and in no order. Repeats have the same `id`. `sequence` gives the order of the events of one `subject`.',
  'Ignore types and members that you do not know. Both are added without a new version.',
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

/** How the events are published, and the recommended settings of a subscriber's queue. See https://github.com/asyncapi/bindings/tree/v3.0.0/sns. */
const publishing = (types: readonly EventType[]) => ({
  action: 'send',
  channel: { $ref: `#/channels/${CHANNEL}` },
  summary: 'Publishes a change of an order.',
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
