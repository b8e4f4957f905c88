import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { parse } from '../../contracts/reading.ts';
import { fillWithSample } from '../demo/fill.ts';
import { progressBars } from '../demo/progress.ts';
import { exitWithReason } from './machine/exit-with-reason.ts';
import { toPort } from './machine/port-argument.ts';
import { PROJECT_ROOT } from './machine/project-root.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from './machine/region.ts';
import { untilSignal } from './machine/until-signal.ts';
import { commandLog } from './running/log-file.ts';
import { openToOperators } from './running/open-to-operators.ts';
import { type LocalSystem, startLocalSystem } from './system/local-system.ts';

const NAME_COLUMN = 32;
const SAMPLE_MAX = 5_009;

const Options = z.object({
  port: z.number().optional(),
  consolePort: z.number().optional(),
  dynamodbPort: z.number().optional(),
  opensearchPort: z.number().optional(),
  messagingPort: z.number().optional(),
  data: z.string().optional(),
  sample: z.number().optional(),
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
    '--sample <orders>',
    'import so many orders of the sample data, with their users and products',
    toSample,
  )
  .option(
    '--log <file>',
    "write the output of parts and functions to this file, and keep that of the run before as FILE.1 (default: the project's .data/dev.log)",
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
  const { log, end } = commandLog(options.log);
  running.defer(end);
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
    log,
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
  if (options.sample !== undefined)
    await fillWithSample(system, options.sample, progressBars, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  await interrupted;
}

function print(system: LocalSystem, consoleUrl: string, logFile: string): void {
  const { apiUrl, endpoints, names, parts, mails, plan } = system;
  const processOf = (pid: number | undefined): string => (pid === undefined ? '' : `  (process ${pid})`);
  const queues = plan.queues.map(({ logicalId, url }) => `  ${logicalId.padEnd(NAME_COLUMN)} ${url}`);
  console.log(`
Console         ${consoleUrl}
Shop            ${consoleUrl}/shop
HTTP API        ${apiUrl}
Token           npm run -s token -- --sub USER [--scope orders:write]
Topic           ${names['OrderTopic'] ?? ''}
Import bucket   ${names['ImportBucket'] ?? ''}
Table           ${names['Table'] ?? ''}
DynamoDB Local  ${endpoints.dynamoDb}${processOf(parts.dynamoDb.pid)}
SNS, SQS, S3    ${endpoints.messaging}${processOf(parts.messaging.pid)}
OpenSearch      ${endpoints.openSearch}${processOf(parts.openSearch.pid)}
Mails           ${mails.path}
Log             ${logFile}
Queues
${queues.join('\n')}

For the AWS CLI and SDKs:

${environmentOf(endpoints)
  .map(([name, value]) => `export ${name}=${value}`)
  .join('\n')}

Ready in ${process.uptime().toFixed(1)} s. Press Ctrl-C to stop.`);
}

/** What lets the AWS CLI and the SDKs work with this system. */
function environmentOf({
  dynamoDb,
  messaging,
}: LocalSystem['endpoints']): readonly (readonly [string, string])[] {
  return [
    ['AWS_ENDPOINT_URL_DYNAMODB', dynamoDb],
    ['AWS_ENDPOINT_URL_DYNAMODB_STREAMS', dynamoDb],
    ['AWS_ENDPOINT_URL_SNS', messaging],
    ['AWS_ENDPOINT_URL_SQS', messaging],
    ['AWS_ENDPOINT_URL_S3', messaging],
    ['AWS_REGION', LOCAL_REGION],
    ['AWS_DEFAULT_REGION', LOCAL_REGION],
    ['AWS_ACCESS_KEY_ID', LOCAL_CREDENTIALS.accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', LOCAL_CREDENTIALS.secretAccessKey],
  ];
}

function toPath(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must be a path.');
  return resolve(text);
}

function toSample(text: string): number {
  const orders = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (orders >= 1 && orders <= SAMPLE_MAX) return orders;
  throw new InvalidArgumentError(`It must be an integer between 1 and ${SAMPLE_MAX}.`);
}

function toParameter(text: string, earlier: Readonly<Record<string, string>>): Record<string, string> {
  const [name, value] = text.split(/=(.*)/s);
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be Key=Value.');
  return { ...earlier, [name]: value };
}
