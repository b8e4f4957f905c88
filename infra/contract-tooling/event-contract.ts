import * as z from 'zod';
import { parse, parseJson, read } from '../../contracts/reading.ts';
import { UnreadableContractError } from './releases.ts';

const Reference = z.object({ $ref: z.string().startsWith('#/') });
const Described = z.strictObject({
  description: z.string().optional(),
  allOf: z.tuple([z.record(z.string(), z.unknown())]),
});
const Members = z.record(z.string(), z.unknown());

/**
 * A part of a document with what its references lead to in their place.
 *
 * @throws UnreadableContractError for a reference that leads nowhere or back to itself.
 */
function dereferenced(value: unknown, document: unknown, trail: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((entry) => dereferenced(entry, document, trail));
  const reference = read(Reference, value).data?.$ref;
  if (reference !== undefined) {
    if (trail.includes(reference)) throw new UnreadableContractError(`${reference} leads back to itself`);
    return dereferenced(targetOf(reference, document), document, [...trail, reference]);
  }
  const members = read(Members, value).data;
  if (members === undefined) return value;
  const entries = Object.entries(members).map(([name, member]) => [
    name,
    dereferenced(member, document, trail),
  ]);
  return withDescriptionOfItsOwn(Object.fromEntries(entries));
}

// Draft 7 ignores what stands beside a reference, so a member that says more of it has the reference in an `allOf`.
function withDescriptionOfItsOwn(schema: unknown): unknown {
  const described = read(Described, schema).data;
  if (described === undefined) return schema;
  const { allOf, ...own } = described;
  return { ...allOf[0], ...own };
}

function targetOf(reference: string, document: unknown): unknown {
  const target = reference
    .slice('#/'.length)
    .split('/')
    .reduce((value: unknown, name) => read(Members, value).data?.[name], document);
  if (target === undefined) throw new UnreadableContractError(`${reference} leads nowhere`);
  return target;
}

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
