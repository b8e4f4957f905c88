import { Ajv } from 'ajv';
import addFormatsModule from 'ajv-formats';
import {
  type EventMessage,
  type EventSchema,
  readContract,
} from '../../../infra/contract-tooling/event-contract.ts';

/** The formats of JSON Schema for a validator. The package is CommonJS: its function is the default of its default. */
export const addFormats = addFormatsModule.default;

/** What an AsyncAPI document says of the messages of an event type, from whichever channel. */
export function messageOf(text: string, type: string): EventMessage {
  const [message] = Object.values(readContract(text).channels).flatMap(
    ({ messages }) => messages.get(type) ?? [],
  );
  if (message === undefined) throw new TypeError(`The document has no message of the type ${type}`);
  return message;
}

/** What is wrong with a value by a schema, which may hold nothing that the validator does not know. */
export function faultsBy(schema: EventSchema): (value: unknown) => readonly string[] {
  const validate = addFormats(new Ajv({ allErrors: true, strict: true })).compile(schema);
  return (value) => {
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}
