import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { Upload } from '@aws-sdk/lib-storage';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { ulid } from 'ulid';
import * as z from 'zod';
import type { ImportReport } from '../../contracts/imports/import-report.ts';
import { parse } from '../../contracts/reading.ts';
import { reportKey } from '../../pipelines/imports/import-store.ts';
import { exitWithReason } from '../local/machine/exit-with-reason.ts';
import { untilSignal } from '../local/machine/until-signal.ts';
import { runningSystem } from '../local/running/running-system.ts';
import { destroyClients, localClients } from '../local/system/local-clients.ts';
import { KILLED_TIMEOUT_MS, untilImported } from './import-orders.ts';

const FORMATS = /\.(csv|ndjson)(\.gz)?$/;
const ROWS_SHOWN_MAX = 20;

const Options = z.object({ wait: z.boolean(), pid: z.number().optional() });

const program = new Command('npm run import --')
  .description('Import a file of orders into the local system that runs on this machine.')
  .argument('<file>', 'a .csv or .ndjson file, with or without .gz; see docs/import.md', toFormat)
  .option('--wait', 'wait for the report and print it; end with 1 if a row was rejected', false)
  .option('--pid <process>', 'the process id of the local system, if several run', Number)
  .parse();

await main(parse(z.tuple([z.string()]), program.processedArgs)[0]).catch(exitWithReason);

async function main(file: string): Promise<void> {
  const { wait, pid } = parse(Options, program.opts());
  const { signal } = untilSignal();
  const { endpoints, names } = runningSystem(pid);
  const clients = localClients(endpoints);
  try {
    // A key of its own, so that the report that comes is of this import.
    const Key = `imports/${ulid()}-${basename(file)}`;
    const params = { Bucket: names['ImportBucket'], Key, Body: createReadStream(file) };
    // In parts: the local bucket takes at most 11 MiB in one request.
    await uploaded(new Upload({ client: clients.s3, params, queueSize: 1 }), signal);
    if (!wait) return console.log(`Importing. The report will be ${reportKey(Key)} in the import bucket.`);
    process.exitCode = print(
      await untilImported({ clients, names }, Key, { stallMs: KILLED_TIMEOUT_MS, signal }),
    );
  } finally {
    await destroyClients(clients);
  }
}

/** Ends an upload when the signal aborts. @throws the signal's reason; the SDK's own errors. */
async function uploaded(upload: Upload, signal: AbortSignal): Promise<void> {
  signal.addEventListener('abort', () => void upload.abort(), { once: true });
  try {
    await upload.done();
  } finally {
    signal.throwIfAborted();
  }
}

/** Prints a report. @returns the exit code. */
function print(report: ImportReport): 0 | 1 {
  const { status, rows, orders, rejected, rejectedRows } = report;
  const table = new Table({ style: { head: [], border: [] } });
  table.push(
    ['status', status === 'failed' ? `failed: ${report.reason}` : status],
    ['rows', rows],
    ['orders written', orders.written],
    ['orders already there', orders.alreadyThere],
    ['rows rejected', rejected],
  );
  console.log(table.toString());
  for (const { line, reason } of rejectedRows.slice(0, ROWS_SHOWN_MAX))
    console.log(`line ${line}: ${reason}`);
  return status === 'completed' && rejected === 0 ? 0 : 1;
}

function toFormat(file: string): string {
  if (FORMATS.test(file)) return file;
  throw new InvalidArgumentError('Its name must end with .csv, .ndjson, .csv.gz or .ndjson.gz.');
}
