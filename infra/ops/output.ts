import Table from 'cli-table3';

/** What a command prints its results on: tables for people, or one JSON value for scripts. */
export interface Output {
  /** Rows under their heads; for scripts, the rows as objects. */
  table(heads: readonly string[], rows: readonly (readonly (string | number)[])[], json: unknown): void;
  /** One line for people; nothing for scripts. Several lines are several calls: a line break in `text` is data. */
  line(text: string): void;
}

/** Control characters, line separators, what changes the direction of text or is not seen, and halves of characters. */
const NOT_PRINTED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const HEX = 16;
const CODE_UNIT_DIGITS = 4;
/** A column that is longer than this is no column. */
const CELL_LENGTH_MAX = 400;

/**
 * Text with everything that a terminal would obey, hide or reorder as escapes that are seen. What stands in the table was
 * written by anybody. The escapes are JSON's: where the text is JSON, its value stays the same.
 */
export const visible = (text: string): string =>
  text.replace(NOT_PRINTED, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(HEX).padStart(CODE_UNIT_DIGITS, '0')}`)
      .join(''),
  );

/** Prints on standard output; what is no result, such as progress, goes to standard error. */
export function output(isJson: boolean, print: (text: string) => void = console.log): Output {
  if (isJson)
    return { table: (_heads, _rows, json) => print(visible(JSON.stringify(json))), line: () => undefined };
  return {
    table: (heads, rows) => {
      const table = new Table({ head: [...heads], style: { head: [], border: [] } });
      table.push(...rows.map((row) => row.map(cell)));
      print(table.toString());
    },
    line: (text) => print(visible(text)),
  };
}

const cell = (value: string | number): string => {
  const text = visible(String(value));
  return text.length > CELL_LENGTH_MAX ? `${text.slice(0, CELL_LENGTH_MAX)}…` : text;
};
