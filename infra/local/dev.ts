import { createWriteStream, statSync, type WriteStream } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { parse } from '../../contracts/reading.ts';
import { exitWithReason } from './machine/exit-with-reason.ts';
import { makeFolder } from './machine/make-folder.ts';
import { toPort } from './machine/port-argument.ts';
import { PROJECT_ROOT } from './machine/project-root.ts';
import { untilSignal } from './machine/until-signal.ts';
import { openToOperators } from './running/open-to-operators.ts';
import { type LocalSystem, startLocalSystem } from './system/local-system.ts';
import { SYSTEM_SOURCE } from './system/system-log.ts';

const Options = z.object({
  port: z.number().optional(),
  consolePort: z.number().optional(),
  dynamodbPort: z.number().optional(),
  opensearchPort: z.number().optional(),
  messagingPort: z.number().optional(),
  data: z.string().optional(),
  log: z.string().default(join(PROJECT_ROOT, '.data', 'dev.log')),
  parameter: z.record(z.string(), z.string()),
});

const program = new Command('npm run dev --')
  .description('Run the system of infra/template.yaml on this machine until you interrupt it.')
  .option('--port <port>', 'port of the HTTP API (default: a free port)', toPort)
  .option('--console-port <port>', 'port of the console (default: a free port)', toPort)
  .option('--dynamodb-port <port>', 'port of DynamoDB Local (default: a free port)', toPort)
  .option('--opensearch-port <port>', 'port of OpenSearch (default: a free port)', toPort)
  .option('--messaging-port <port>', 'port of SNS, SQS and S3 (default: a free port)', toPort)
  .option(
    '--data <dir>',
    'keep all data in this folder (default: data is deleted when the process ends)',
    toPath,
  )
  .option(
    '--log <file>',
    "write the output of parts and functions to this file (default: the project's .data/dev.log)",
    toPath,
  )
  .option(
    '--parameter <Key=Value>',
    'set a parameter of the template; repeat the option for more parameters',
    toParameter,
    {},
  );

await main(parse(Options, program.parse().opts())).catch(exitWithReason);

async function main(options: z.infer<typeof Options>): Promise<void> {
  const { signal, interrupted } = untilSignal();
  signal.addEventListener('abort', () => console.log('Stopping.'));
  await using running = new AsyncDisposableStack();
  const log = openLog(options.log);
  running.defer(() => void log.end());
  const system = await startLocalSystem({
    parameters: options.parameter,
    dataDir: options.data,
    ports: {
      gateway: options.port,
      console: options.consolePort,
      dynamoDb: options.dynamodbPort,
      messaging: options.messagingPort,
      openSearch: options.opensearchPort,
    },
    log: (source, line) => {
      log.write(`${new Date().toISOString()} ${source} ${line}\n`);
      if (source === SYSTEM_SOURCE) console.error(line);
    },
    signal,
  }).catch((error: unknown) => {
    // An operation that the interruption cancels fails with its own error.
    signal.throwIfAborted();
    throw error;
  });
  running.defer(() => system.stop());
  const operators = await openToOperators(system, {
    consolePort: options.consolePort,
    log: (line) => console.error(line),
  });
  running.defer(() => operators.stop());
  signal.throwIfAborted();
  print(system, operators.consoleUrl, options.log);
  await interrupted;
}

/** The system continues if a write to its log fails, for example on a full disk. */
function openLog(logFile: string): WriteStream {
  try {
    makeFolder(dirname(logFile));
    if (statSync(logFile, { throwIfNoEntry: false })?.isDirectory())
      throw new Error(`${logFile} is a folder`);
  } catch (error) {
    program.error(`The log cannot be written: ${error instanceof Error ? error.message : 'unknown'}`);
  }
  const log = createWriteStream(logFile);
  log.once('error', ({ message }) => console.error(`The log is no longer written: ${message}`));
  return log;
}

function print(
  { apiUrl, endpoints, names, parts, mails }: LocalSystem,
  consoleUrl: string,
  logFile: string,
): void {
  const processOf = (pid: number | undefined): string => (pid === undefined ? '' : `  (process ${pid})`);
  console.log(`Console         ${consoleUrl}
HTTP API        ${apiUrl}
DynamoDB Local  ${endpoints.dynamoDb}${processOf(parts.dynamoDb.pid)}
SNS, SQS, S3    ${endpoints.messaging}${processOf(parts.messaging.pid)}
OpenSearch      ${endpoints.openSearch}${processOf(parts.openSearch.pid)}
Table           ${names['Table'] ?? ''}
Token           npm run -s token -- --sub USER [--scope orders:admin]
Mails           ${mails.path}
Log             ${logFile}
Ready in ${(process.uptime()).toFixed(1)} s. Press Ctrl-C to stop.`);
}

function toPath(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must be a path.');
  return resolve(text);
}

function toParameter(text: string, earlier: Readonly<Record<string, string>>): Record<string, string> {
  const [name, value] = text.split(/=(.*)/s);
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be Key=Value.');
  return { ...earlier, [name]: value };
}
