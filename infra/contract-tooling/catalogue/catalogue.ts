import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import {
  type NotificationType,
  OrderNotification,
  schemaNameOf,
} from '../../../contracts/events/order-notification.ts';
import { PUBLISHERS, PublisherName } from '../../../contracts/events/publishers.ts';
import { parseJson } from '../../../contracts/reading.ts';
import { LOCAL_ACCOUNT_ID, LOCAL_MAIL_FROM, LOCAL_REGION } from '../../local/machine/region.ts';
import { localPlan } from '../../local/plan/local-plan.ts';
import { readTemplate } from '../../local/template/template.ts';
import { asyncApiDocument, attributesOf } from '../asyncapi.ts';
import { breakingChanges } from '../breaking-changes.ts';
import { type EventContract, type EventMessage, readContract } from '../event-contract.ts';
import { exampleOf } from '../event-examples.ts';
import { eventSchemas, type JsonSchema } from '../event-schemas.ts';
import { releases } from '../releases.ts';
import { type Cell, escaped, page, prose, table } from './html.ts';

/** The files of the catalogue, by name: a page of all events, one an event, the schemas, and the style. */
export async function catalogueFiles(): Promise<Readonly<Record<string, string>>> {
  const schemas = await eventSchemas();
  const history = await versionsOfTypes();
  const events = OrderNotification.options.map((event) => {
    const type = event.shape.type.value;
    return { type, schema: schemas[schemaNameOf(type)] ?? {} };
  });
  return {
    'index.html': indexPage(events),
    'style.css': readFileSync(join(import.meta.dirname, 'style.css'), 'utf8'),
    ...Object.fromEntries(
      events.map(({ type, schema }) => [`${type}.html`, eventPage(type, schema, history.get(type) ?? [])]),
    ),
    ...Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, `${JSON.stringify(schema, undefined, 2)}\n`]),
    ),
  };
}

interface DescribedEvent {
  readonly type: NotificationType;
  readonly schema: JsonSchema;
}

const linkTo = (file: string, text: string): Cell => ({ html: `<a href="${file}">${escaped(text)}</a>` });

const publisherOf = (type: NotificationType): PublisherName | undefined =>
  PublisherName.options.find((name) => PUBLISHERS[name].types.some((one) => one === type));

function indexPage(events: readonly DescribedEvent[]): string {
  const rows = events.map(({ type, schema }) => [
    linkTo(`${type}.html`, type),
    schema.description ?? '',
    publisherOf(type) ?? '',
    linkTo(schemaNameOf(type), 'schema'),
  ]);
  const publishers = PublisherName.options.map((name) => [name, PUBLISHERS[name].summary]);
  return page(
    'Events of orders',
    'Everything that the order topic carries. Events arrive at least once and in no order.',
    `${table('Event types', ['type', 'published when', 'publisher', 'schema'], rows)}
${table('Publishers', ['publisher', 'events'], publishers)}`,
  );
}

function eventPage(type: NotificationType, schema: JsonSchema, history: readonly string[][]): string {
  const example = exampleOf(type);
  const attributes = Object.entries(attributesOf(example));
  return page(
    type,
    '<a href="index.html">All events</a>',
    `<p>${prose(schema.description ?? '')} Publisher: ${publisherOf(type) ?? ''}.</p>
<h2>Example</h2>
<pre>${escaped(JSON.stringify(example, undefined, 2))}</pre>
<h2>Fields</h2>
<p>The schema is <a href="${schemaNameOf(type)}">${schemaNameOf(type)}</a>.</p>
${table('Fields', ['field', 'type', 'meaning'], fieldsOf(schema, schema.$defs ?? {}))}
<h2>Filter attributes</h2>
${table('SNS message attributes for filter policies', ['attribute', 'in the example'], attributes)}
<h2>Consumers</h2>
${table('Consumers in this repository', ['subscription', 'protocol', 'statuses'], consumersOf(type))}
<h2>History</h2>
${table('Releases of the contract', ['version', 'change'], history)}`,
  );
}

type Definitions = Readonly<Record<string, JsonSchema>>;

/** A schema with what it refers to; its own description comes first. */
function resolved(schema: JsonSchema, definitions: Definitions): JsonSchema {
  const [only] = schema.allOf ?? [];
  const reference = schema.$ref ?? (typeof only === 'object' ? only.$ref : undefined);
  return { ...definitions[reference?.split('/').at(-1) ?? ''], ...schema };
}

/** A row for each field, those of objects and lists after the one that holds them. */
function fieldsOf(schema: JsonSchema, definitions: Definitions, path = ''): readonly Cell[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const field = resolved(typeof member === 'object' ? member : {}, definitions);
    const { items } = field;
    const inside = typeof items === 'object' && !Array.isArray(items) ? resolved(items, definitions) : field;
    const at = `${path}${name}`;
    const optional = schema.required?.includes(name) ? '' : ', optional';
    return [
      [{ html: `<code>${escaped(at)}</code>` }, `${kindOf(field)}${optional}`, field.description ?? ''],
      ...fieldsOf(inside, definitions, inside === field ? `${at}.` : `${at}[].`),
    ];
  });
}

function kindOf({ type, const: value, enum: values, format }: JsonSchema): string {
  if (value !== undefined) return `\`${String(value)}\``;
  if (values !== undefined) return values.map((one) => `\`${String(one)}\``).join(', ');
  return format ?? String(type ?? 'object');
}

/** Values of the template's parameters with which every subscription of this repository is there. */
const EVERY_SUBSCRIPTION = {
  SampleSubscriber: 'Enabled',
  OrderMails: 'Enabled',
  MailFrom: LOCAL_MAIL_FROM,
  WebhookUrl: 'https://shop.example/events',
  NotificationEmail: 'orders@shop.example',
  SubscriberQueueArn: `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT_ID}:theirs`,
  OpenSearchEndpoint: 'https://search.example',
  JwtIssuer: 'https://issuer.example',
};
const FilterPolicy = z.record(z.string(), z.array(z.string()));

/** The subscriptions of the template that may receive a type. */
const consumersOf = (type: NotificationType): readonly string[][] =>
  localPlan(readTemplate(), EVERY_SUBSCRIPTION, 'http://127.0.0.1').subscriptions.flatMap(
    ({ logicalId, protocol, attributes }) => {
      const { type: types, status } = parseJson(FilterPolicy, attributes['FilterPolicy'] ?? '{}');
      if (types !== undefined && !types.includes(type)) return [];
      return [[logicalId, protocol, status?.join(', ') ?? 'all']];
    },
  );

/** What became of each type in each release, and since the last. */
async function versionsOfTypes(): Promise<ReadonlyMap<string, string[][]>> {
  const history = new Map<string, string[][]>();
  let before: EventContract | undefined;
  for (const { version, text } of [
    ...releases(),
    { version: 'unreleased', text: await asyncApiDocument() },
  ]) {
    const contract = readContract(text);
    const broken = before === undefined ? [] : breakingChanges(before, contract);
    for (const [type, message] of messagesOf(contract)) {
      const earlier = before === undefined ? undefined : messagesOf(before).get(type);
      const breaks = broken.filter(({ where }) => where.split(' ')[1] === type);
      const change = changeOf(earlier, message, breaks);
      if (change !== '') history.set(type, [...(history.get(type) ?? []), [version, change]]);
    }
    before = contract;
  }
  return history;
}

const messagesOf = ({ channels }: EventContract): ReadonlyMap<string, EventMessage> =>
  new Map(Object.values(channels).flatMap(({ messages }) => [...messages]));

function changeOf(
  earlier: EventMessage | undefined,
  message: EventMessage,
  broken: ReturnType<typeof breakingChanges>,
): string {
  if (earlier === undefined) return 'The type is new.';
  const breaks = broken.map(({ where, message: what }) => `Breaking: ${where.split(' ').at(-1)} ${what}.`);
  if (breaks.length > 0) return breaks.join(' ');
  return isDeepStrictEqual(earlier, message) ? '' : 'Additions or descriptions.';
}
