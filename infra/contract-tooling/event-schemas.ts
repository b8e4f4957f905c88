import * as z from 'zod';
import { dataSchemaOf, OrderNotification, schemaNameOf } from '../../contracts/events/order-notification.ts';
import { exampleOf } from './event-examples.ts';
import { eventMemberDescriptions, nameSchemas } from './named-schemas.ts';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * A schema, by its name, in which each member that refers to a named type also has the description of its own. It stands beside the reference in an
 * `allOf`, since draft 7 ignores other members beside a reference.
 */
export function withMemberDescriptions(id: string, schema: JsonSchema): JsonSchema {
  const texts = eventMemberDescriptions().get(id);
  if (schema.properties === undefined || texts === undefined) return schema;
  const properties = Object.entries(schema.properties).map(
    ([name, member]): [string, JsonSchema | boolean] => {
      const text = texts.get(name);
      const { $ref, ...beside } = typeof member === 'object' ? member : {};
      const isBare = $ref !== undefined && Object.keys(beside).length === 0;
      return [name, isBare && text !== undefined ? { description: text, allOf: [{ $ref }] } : member];
    },
  );
  return { ...schema, properties: Object.fromEntries(properties) };
}

/**
 * The document with the schema of each event type, by its name: JSON Schema 2020-12, complete in itself, with an example. Its `$id` is the
 * URN of the schema, since the URL differs from stack to stack.
 * See https://json-schema.org/draft/2020-12/json-schema-core.
 */
export async function eventSchemas(): Promise<Readonly<Record<string, JsonSchema>>> {
  await nameSchemas();
  return Object.fromEntries(
    OrderNotification.options.map((event) => {
      const type = event.shape.type.value;
      const { $ref, $defs = {} } = z.toJSONSchema(event, { io: 'input' });
      const root = $ref?.split('/').at(-1) ?? '';
      const { [root]: schema, ...others } = Object.fromEntries(
        Object.entries($defs).map(([name, { id, ...one }]) => [name, withMemberDescriptions(name, one)]),
      );
      return [
        schemaNameOf(type),
        {
          $schema: 'https://json-schema.org/draft/2020-12/schema',
          $id: dataSchemaOf(type),
          title: type,
          ...schema,
          examples: [exampleOf(type)],
          $defs: others,
        },
      ];
    }),
  );
}

/** All of them, as the text of contracts/events/schemas.json. */
export const eventSchemasDocument = async (): Promise<string> =>
  `${JSON.stringify(await eventSchemas(), undefined, 2)}\n`;
