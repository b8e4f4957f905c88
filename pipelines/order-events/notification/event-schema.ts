import { EventSchema } from '../../../contracts/api/orders.ts';
import schemas from '../../../contracts/events/schemas.json' with { type: 'json' };
import { parse } from '../../../contracts/reading.ts';
import { NotFoundError } from '../../request-errors.ts';

const BY_NAME: ReadonlyMap<string, unknown> = new Map(Object.entries(schemas));

/** The schema of an event type, by the name that `dataschema` ends in. @throws NotFoundError for any other name. */
export function eventSchema(name: string): EventSchema {
  const schema = BY_NAME.get(name);
  if (schema === undefined) throw new NotFoundError('schema');
  return parse(EventSchema, schema);
}
