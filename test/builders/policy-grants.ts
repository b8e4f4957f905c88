import * as z from 'zod';

const Grant = z.looseObject({
  Effect: z.literal('Allow'),
  Action: z.array(z.string()),
  Resource: z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]),
});

/** Every grant in a function's policies, whatever conditions it stands under. */
export function grantsIn(value: unknown): readonly z.infer<typeof Grant>[] {
  const grant = Grant.safeParse(value);
  if (grant.success) return [grant.data];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(grantsIn) : [];
}
