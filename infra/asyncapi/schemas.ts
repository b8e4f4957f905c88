import * as z from 'zod';
import * as contract from '../../contracts/index.ts';
import { eventTypes } from './event-types.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Where the document holds the schema of a name. */
export const schemaReference = (id: string): string => `#/components/schemas/${id}`;

/** The name of the schema of an event's message attributes. */
export const attributesId = (eventId: string): string => `${eventId}Attributes`;

/**
 * Each schema that a subscriber may import, by the name of its export, and those of the events' attributes, in the dialect that
 * AsyncAPI reads: https://www.asyncapi.com/docs/reference/specification/v3.0.0#schemaObject. Objects are open to members
 * to come. `nameSchemas` must have named them.
 */
export function componentSchemas(): Readonly<Record<string, JsonSchema>> {
  const registry = z.registry<{ id: string; description?: string | undefined }>();
  for (const [id, schema] of Object.entries(contract))
    if (schema instanceof z.ZodType) registry.add(schema, { ...schema.meta(), id });
  for (const { id, attributes } of eventTypes()) registry.add(attributes, { id: attributesId(id) });
  const { schemas } = z.toJSONSchema(registry, { target: 'draft-7', io: 'input', uri: schemaReference });
  return Object.fromEntries(
    Object.entries(schemas)
      .map(([id, schema]) => [id, withoutIdentity(schema)] as const)
      .toSorted(([one], [other]) => one.localeCompare(other, 'en')),
  );
}

const withoutIdentity = ({ $schema, $id, ...schema }: JsonSchema): JsonSchema => schema;
