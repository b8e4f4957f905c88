import * as z from 'zod';
import { parse, parseJson } from '../../contracts/reading.ts';
import { dereferenced } from './dereferenced.ts';

/** The part of JSON Schema that is compared by its meaning; the rest is kept as it is. See https://json-schema.org/draft-07. */
export const EventSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), EventSchema).optional();
  },
  get items() {
    return EventSchema.optional();
  },
});
export type EventSchema = z.infer<typeof EventSchema>;

/** What one message of an AsyncAPI document promises. */
export const EventMessage = z.object({
  name: z.string(),
  contentType: z.string().optional(),
  headers: EventSchema,
  payload: EventSchema,
});
export type EventMessage = z.infer<typeof EventMessage>;

const Channel = z.object({
  address: z.string().nullable(),
  messages: z
    .record(z.string(), EventMessage)
    .transform((messages) => new Map(Object.values(messages).map((message) => [message.name, message]))),
});

/** What subscribers may rely on in an AsyncAPI document: its channels, and the messages of each by event type. */
export const EventContract = z.object({
  defaultContentType: z.string(),
  channels: z.record(z.string(), Channel),
});
export type EventContract = z.infer<typeof EventContract>;

const Document = z.looseObject({ defaultContentType: z.string(), channels: z.unknown() });

/**
 * Reads an AsyncAPI 3 document of ours.
 *
 * @throws UnreadableContractError for a reference that leads nowhere or back to itself; InvalidValueError for another document.
 */
export function readContract(text: string): EventContract {
  const document = parseJson(Document, text);
  return parse(EventContract, { ...document, channels: dereferenced(document.channels, document) });
}
