import Table from 'cli-table3';

/** What a command prints its results on: tables for people, or one JSON value for scripts. */
export interface Output {
  /** Rows under their heads; for scripts, the rows as objects. */
  table(heads: readonly string[], rows: readonly (readonly (string | number)[])[], json: unknown): void;
  /** A line for people; nothing for scripts. */
  line(text: string): void;
}

/** Prints on standard output; what is no result, such as progress, goes to standard error. */
export function output(isJson: boolean, print: (text: string) => void = console.log): Output {
  if (isJson) return { table: (_heads, _rows, json) => print(JSON.stringify(json)), line: () => undefined };
  return {
    table: (heads, rows) => {
      const table = new Table({ head: [...heads], style: { head: [], border: [] } });
      table.push(...rows.map((row) => [...row]));
      print(table.toString());
    },
    line: print,
  };
}
