import Table from 'cli-table3';

/** Where a command prints its results: tables for people, or one JSON value for scripts. */
export interface Output {
  /** Rows under their heads; for scripts, the value `json`. */
  table(heads: readonly string[], rows: readonly (readonly (string | number)[])[], json: unknown): void;
  /** One line for people; nothing for scripts. Several lines are several calls: a line break in `text` is data. */
  line(text: string): void;
}

/** Control characters, line separators, invisible characters, marks that change the direction of text, and lone surrogates. */
const NOT_PRINTED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const HEX = 16;
const CODE_UNIT_DIGITS = 4;
/** A longer cell is cut: it would fill the screen. */
const CELL_LENGTH_MAX = 400;

/**
 * Text in which everything that a terminal would obey, hide or reorder is replaced by a visible escape. Any writer may have put
 * such characters into the table. The escapes are JSON's: if the text is JSON, its value stays the same.
 */
export const visible = (text: string): string =>
  text.replace(NOT_PRINTED, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(HEX).padStart(CODE_UNIT_DIGITS, '0')}`)
      .join(''),
  );

/** Prints results on standard output. Everything else, such as progress, goes to standard error. */
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
