import * as z from 'zod';

/**
 * The settings of a piece of the system: each name with what makes the schema of its value. The environment variable of a setting is its name in
 * capitals (`statsParts` is `STATS_PARTS`), so its schema reads a text. A function creates the schemas of those that it reads alone.
 */
export type SettingSchemas = Readonly<Record<string, () => z.ZodType>>;

/** The values of settings. */
export type SettingsOf<Schemas extends SettingSchemas> = {
  readonly [Name in keyof Schemas]: z.output<ReturnType<Schemas[Name]>>;
};

/** A text that is not empty. */
export const text = () => z.string().min(1);

/** A number from `min` to `max`. A text that is not a number, such as the empty one, must not become 0. */
export const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(min).max(max));
