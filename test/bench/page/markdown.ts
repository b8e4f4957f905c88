/** A table, with columns as wide as their cells, so that it can be read where it is printed too. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, place) =>
    Math.max(3, column.length, ...rows.map((row) => row[place]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, place) => (cells[place] ?? '').padEnd(width)).join(' | ')} |`;
  return [
    line(columns),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}

/** `12,345.6`: a number with so many decimals. */
export const figure = (value: number, decimals = 0): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

/** `1.31 (1.28-1.40)`: a ratio, and the quartiles of the rounds' ratios. */
export const spread = (ratio: number, quartiles: readonly number[]): string =>
  `${figure(ratio, 2)} (${quartiles.map((one) => figure(one, 2)).join('-')})`;

/** Text whose lines a template literal has indented: without the indentation. */
export const paragraphs = (text: string): string => text.trim().replaceAll(/\n[ \t]+/g, '\n');
