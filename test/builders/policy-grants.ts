import * as z from 'zod';

const Allowing = z.looseObject({ Effect: z.literal('Allow') });
const listOf = <Element>(element: z.ZodType<Element>) =>
  z.union([z.array(element), element.transform((one) => [one])]);
const Grant = Allowing.extend({ Action: listOf(z.string()), Resource: listOf(z.unknown()) });

/**
 * Every grant in a function's policies, under any condition.
 *
 * @throws z.ZodError for one that says what it is not for: NotAction, NotResource.
 */
export function grantsIn(value: unknown): readonly z.infer<typeof Grant>[] {
  if (Allowing.safeParse(value).success) return [Grant.parse(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(grantsIn) : [];
}
