import * as z from 'zod';

/** C0 and C1 controls, which no name has and not every store keeps, and surrogates that stand alone. */
const WITHOUT_CONTROLS_AND_HALVES = /^[^\p{Cc}\p{Cs}]*$/u;

/** A text of one line, 1 to `charactersMax` characters, that every store keeps as it is: well-formed Unicode without controls. */
export const line = (charactersMax: number) =>
  z
    .string()
    .min(1)
    .max(charactersMax)
    .regex(WITHOUT_CONTROLS_AND_HALVES, 'must not hold control characters or halves of characters');
