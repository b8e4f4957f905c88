/** How an imported object is to be read. */
export interface ObjectFormat {
  readonly rows: 'csv' | 'ndjson';
  readonly isGzipped: boolean;
}

const SUFFIX = /\.(?<rows>csv|ndjson)(?<gzip>\.gz)?$/;

/** The format that a key's suffix says, or `undefined` for a key that is not imported: a report, or progress. */
export function formatOf(key: string): ObjectFormat | undefined {
  const { rows, gzip } = SUFFIX.exec(key)?.groups ?? {};
  if (rows !== 'csv' && rows !== 'ndjson') return undefined;
  return { rows, isGzipped: gzip !== undefined };
}
