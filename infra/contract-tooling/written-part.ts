import type { OrderStreamError } from '../../pipelines/errors.ts';

/**
 * A text whose generated part is written again. All else stays as it is.
 *
 * @param place What is before the part, as its first group, and the part. A second group is what `written` gets.
 * @param missing The error for a text without that place.
 */
export function withPart(
  text: string,
  place: RegExp,
  written: (old: string) => string,
  missing: () => OrderStreamError,
): string {
  if (!place.test(text)) throw missing();
  return text.replace(place, (_, before: string, old: unknown) => `${before}${written(String(old))}`);
}

export const capitalized = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
