import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { UnreadableContractError } from './errors.ts';

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
export function dereferenced(value: unknown, document: unknown, trail: readonly string[] = []): unknown {
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
