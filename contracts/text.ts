import * as z from 'zod';

/** C0 and C1 controls: no name has them, and not every store keeps them. */
const CONTROL_CHARACTER = /\p{Cc}/u;

/** A text of one line, 1 to `charactersMax` characters, that every store keeps as it is: well-formed Unicode without controls. */
export const line = (charactersMax: number) =>
  z
    .string()
    .min(1)
    .max(charactersMax)
    .refine(
      (text) => text.isWellFormed() && !CONTROL_CHARACTER.test(text),
      'must not hold control characters or halves of characters',
    );
