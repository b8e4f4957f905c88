import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { resolve, type Scope } from './intrinsics.ts';
import { TemplateError } from './template-error.ts';

/**
 * Reads a resource's properties: those of `shape` are evaluated and checked; those in `ignored` mean nothing on one
 * machine. Any other is an error, so that a new setting in the template cannot be overlooked here.
 *
 * @throws TemplateError naming the property.
 */
export function readProperties<Shape extends z.core.$ZodLooseShape>(
  logicalId: string,
  properties: Readonly<Record<string, unknown>>,
  scope: Scope,
  { shape, ignored }: { readonly shape: Shape; readonly ignored: readonly string[] },
): z.infer<z.ZodObject<Shape>> {
  const known = Object.keys(shape);
  const strange = Object.keys(properties).find((name) => !known.includes(name) && !ignored.includes(name));
  if (strange !== undefined)
    throw new TemplateError(`The local system does not know ${logicalId}'s property ${strange}`);
  const present = Object.entries(properties).filter(([name]) => known.includes(name));
  const result = read(z.object(shape), resolve(Object.fromEntries(present), scope));
  if (result.success) return result.data;
  throw new TemplateError(`${logicalId} is malformed:\n${z.prettifyError(result.error)}`);
}
