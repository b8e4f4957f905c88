import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';

const isFunction = (value: unknown): boolean => typeof value === 'function';

/**
 * The prototype of a class that fauxqs has and does not export, to change its methods.
 *
 * @param file The module of the class in fauxqs, such as `sqs/sqsStore.js`.
 * @throws InvalidValueError if this version of fauxqs has no such class with these methods.
 */
export async function fauxqsPrototype<Prototype extends object>(
  file: string,
  className: string,
  methods: readonly (keyof Prototype)[],
): Promise<Prototype> {
  const Class = z
    .custom<{ readonly prototype: Prototype }>(isFunction)
    .refine(
      ({ prototype }) => methods.every((method) => isFunction(prototype[method])),
      'does not have the methods of fauxqs 2.4',
    );
  const module: Readonly<Record<string, unknown>> = await import(
    new URL(file, import.meta.resolve('fauxqs')).href
  );
  return parse(Class, module[className]).prototype;
}
