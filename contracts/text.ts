import * as z from 'zod';

/**
 * None of the C0 and C1 controls, which no name has and not every store keeps; no lone surrogate; and no U+FFFD, which a
 * decoder writes in place of bytes that it cannot read: the original text is lost.
 * See https://encoding.spec.whatwg.org/#error-mode.
 */
const WELL_FORMED_WITHOUT_CONTROLS = /^[^\p{Cc}\p{Cs}\uFFFD]*$/u;

/**
 * The Unicode form in which texts are compared, so that a character with its accent is the same however it was typed. It changes nothing
 * visible; the compatibility forms do (they write ² as 2). See https://unicode.org/reports/tr15/.
 */
export const COMPARED_FORM = 'NFC';

/**
 * A text of one line, 1 to `charactersMax` characters, that every store keeps as it is: well-formed Unicode without controls
 * and without the replacement character U+FFFD.
 */
export const line = (charactersMax: number) => lineOrNone(charactersMax).min(1, 'must not be empty');

/** The same, which may be empty. */
export const lineOrNone = (charactersMax: number) =>
  z
    .string()
    .max(charactersMax, `must have at most ${charactersMax} characters`)
    .regex(
      WELL_FORMED_WITHOUT_CONTROLS,
      'must not hold control characters, halves of characters or the replacement character U+FFFD',
    );
