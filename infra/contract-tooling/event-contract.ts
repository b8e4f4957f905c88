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
 * A part of a document in which each reference is replaced by its target.
 *
 * @throws UnreadableContractError for a reference without a target, and for a circular one.
 */
function dereferenced(value: unknown, document: unknown, trail: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((entry) => dereferenced(entry, document, trail));
  const reference = read(Reference, value).data?.$ref;
  if (reference !== undefined) {
    if (trail.includes(reference))
      throw new UnreadableContractError(`The reference ${reference} is circular`);
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

// Draft 7 ignores other members beside a reference, so a member with its own description has the reference in an `allOf`.
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
  if (target === undefined) throw new UnreadableContractError(`The reference ${reference} has no target`);
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

/** The promises of one message of an AsyncAPI document. */
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
 * Parses an AsyncAPI 3 document of this project.
 *
 * @throws UnreadableContractError for a reference without a target or a circular one; InvalidValueError for another document.
 */
export function readContract(text: string): EventContract {
  const document = parseJson(Document, text);
  return parse(EventContract, { ...document, channels: dereferenced(document.channels, document) });
}
