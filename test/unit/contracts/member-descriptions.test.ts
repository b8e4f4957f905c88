import { expect, it } from 'vitest';
import { memberDescriptions } from '../../../infra/contract-tooling/member-descriptions.ts';

const MODULE = `
/** ’A page’, with a character of several bytes. */
const page = {
  /** The next one. */
  nextToken: z.string().optional(),
};
/** A transfer. */
export const Transfer = z.strictObject({ to: AccountId, amount: z.int(), ...page });
/** An entry. */
export const Entry = z
  .object({
    /** What changed. */
    amount: z.int(),
    transfer: z.object({
      /** Who sent it. */
      from: AccountId,
    }),
    /**
     * A bound of {@link MAX},
     * in units.
     */
    'max-units': z.int(),
  })
  .refine(isRight, 'must be right');
export const LaterEntry = Entry.extend({ amount: z.int() });
export const PagedEntry = Entry.extend(page).pick({ amount: true, nextToken: true });
const event = (type) =>
  z.object({
    /** What happened. */
    type: z.literal(type),
  });
export const Placed = event('placed', Entry);
`;

it.each([
  [
    'none of another schema of the file that has a member of that name',
    'Transfer',
    { nextToken: 'The next one.' },
  ],
  [
    'its own, and none within a member',
    'Entry',
    { amount: 'What changed.', 'max-units': 'A bound of MAX, in units.' },
  ],
  [
    'those of the schema that it extends, without what it replaces',
    'LaterEntry',
    { 'max-units': 'A bound of MAX, in units.' },
  ],
  [
    'those of the shape that it is extended by',
    'PagedEntry',
    { amount: 'What changed.', 'max-units': 'A bound of MAX, in units.', nextToken: 'The next one.' },
  ],
  ['those of the function that makes it', 'Placed', { type: 'What happened.' }],
])('a schema has %s', (_, name, expected) => {
  expect(Object.fromEntries(memberDescriptions(MODULE).get(name) ?? [])).toEqual(expected);
});
