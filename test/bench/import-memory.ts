import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';

const GIB = 1_073_741_824;
/** What Lambda's own start script gives Node.js of 256 MB: a tenth for new objects, in two halves, and the rest for old ones. */
const HEAP_FLAGS = ['--max-semi-space-size=12', '--max-old-space-size=231'];
const TIMEOUT_MS = 1_800_000;

const Measured = z.object({ rows: z.number(), rowsPerSecond: z.number(), peakRssMiB: z.number() });
/** What the import of one object took. */
export type ImportMemory = z.infer<typeof Measured>;

/** Imports a generated gibibyte of NDJSON, into nothing, with the memory that the function has. */
export async function measureImportMemory(): Promise<ImportMemory> {
  const program = new URL('import-program.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [...HEAP_FLAGS, program, String(GIB)], {
    timeout: TIMEOUT_MS,
  });
  return Measured.parse(JSON.parse(stdout));
}
