import { EventSchema } from '../../../contracts/api/orders.ts';
import { parse } from '../../../contracts/reading.ts';
import { NotFoundError } from '../../request-errors.ts';

/** The schema of an event type, by the name that `dataschema` ends in. @throws NotFoundError for any other name. */
export async function eventSchema(name: string): Promise<EventSchema> {
  // Few requests are for a schema, and the others need not make all of them.
  const { default: schemas } = await import('../../../contracts/events/schemas.json', {
    with: { type: 'json' },
  });
  const schema = new Map<string, unknown>(Object.entries(schemas)).get(name);
  if (schema === undefined) throw new NotFoundError('schema');
  return parse(EventSchema, schema);
}
