import { Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { exitWithReason } from '../../infra/local/machine/exit-with-reason.ts';
import { diskFull } from './disk-full.ts';
import { halfThrottled, hung, snsHung, throttled } from './disturbances.ts';
import { type Fault, type FaultResult, MALFORMED_DEAD_LETTERS } from './fault.ts';
import { functionKilled, partKilled } from './killed-parts.ts';
import { projectLog } from './log-file.ts';
import { sinkDisturbed } from './sink-disturbed.ts';
import { systemKilled } from './system-killed.ts';

const DIFFERENCES_SHOWN_MAX = 20;
const NAME_COLUMN = 38;
const COLUMN = 14;
const CUTS_OF_CONSUMER = 5;
/** Its message is hidden for seconds each time, and is given up the fifth time. */
const CUTS_OF_IMPORT = 2;

const FAULTS: Readonly<Record<string, Fault>> = {
  'kill-opensearch': partKilled('OpenSearch: kill -9', 'openSearch'),
  'kill-dynamodb': partKilled('DynamoDB Local: kill -9', 'dynamoDb'),
  'kill-messaging': partKilled('SNS, SQS and S3: kill -9', 'messaging'),
  'kill-order-events': functionKilled('order-events: killed', 'OrderEventsFunction', CUTS_OF_CONSUMER),
  'kill-search-index': functionKilled('search-index: killed', 'SearchIndexFunction', CUTS_OF_CONSUMER),
  'kill-import': functionKilled('import: killed', 'ImportOrdersFunction', CUTS_OF_IMPORT),
  'kill-system': systemKilled,
  'disk-full': diskFull,
  throttle: sinkDisturbed({
    name: 'OpenSearch: 429 to everything',
    service: 'openSearch',
    disturbance: throttled,
    lasts: 'throttleMs',
  }),
  'throttle-half': sinkDisturbed({
    name: 'OpenSearch: 429 to half of each bulk',
    service: 'openSearch',
    disturbance: halfThrottled,
    lasts: 'throttleMs',
  }),
  'hang-opensearch': sinkDisturbed({
    name: 'OpenSearch: accepts, never responds',
    service: 'openSearch',
    disturbance: hung,
    lasts: 'outageMs',
  }),
  'hang-sns': sinkDisturbed({
    name: 'SNS: accepts, never responds',
    service: 'messaging',
    disturbance: snsHung,
    lasts: 'outageMs',
  }),
};

const Options = z.object({
  only: z.array(z.string()).optional(),
  orders: z.number(),
  outageSeconds: z.number(),
  throttleSeconds: z.number(),
});

const program = new Command('npm run faults --')
  .description(
    'Breaks the real local system during an import, once for each fault, and reconciles everything after each.',
  )
  .addOption(new Option('--only <name...>', 'play these faults alone').choices(Object.keys(FAULTS)))
  .option('--orders <number>', 'orders that are imported each time', positive, 200)
  .option('--outage-seconds <number>', 'how long a server is away, full or hung', positive, 15)
  .option('--throttle-seconds <number>', 'how long OpenSearch responds 429', positive, 15)
  .parse();

await main(Options.parse(program.opts())).catch(exitWithReason);

async function main({
  only,
  orders,
  outageSeconds,
  throttleSeconds,
}: z.infer<typeof Options>): Promise<void> {
  const options = {
    orders,
    outageMs: outageSeconds * MS_PER_SECOND,
    throttleMs: throttleSeconds * MS_PER_SECOND,
    log: projectLog('faults.log'),
  };
  console.log(row('fault', 'struck after', 'lasted', 'retried', 'letters', 'differences'));
  for (const [key, fault] of Object.entries(FAULTS)) {
    if (only !== undefined && !only.includes(key)) continue;
    await fault.run(options).then(
      (result) => report(fault, result, orders),
      (error: unknown) => reportUnplayed(fault, error),
    );
  }
}

function report({ name }: Fault, result: FaultResult, orders: number): void {
  const { indexedBefore, lastedMs, recordsRetried, deadLetters, differences } = result;
  const lasted = `${(lastedMs / MS_PER_SECOND).toFixed(1)} s`;
  const deadLetterMessages = `${deadLetters} of ${MALFORMED_DEAD_LETTERS}`;
  console.log(
    row(
      name,
      `${indexedBefore} of ${orders}`,
      lasted,
      recordsRetried,
      deadLetterMessages,
      differences.length,
    ),
  );
  for (const difference of differences.slice(0, DIFFERENCES_SHOWN_MAX)) console.log(`    ${difference}`);
  if (differences.length > 0) process.exitCode = 1;
}

/** The others are played all the same. */
function reportUnplayed({ name }: Fault, error: unknown): void {
  console.log(row(name, 'not played to its end'));
  console.error(error);
  process.exitCode = 1;
}

function row(name: string, ...columns: readonly (string | number)[]): string {
  return name.padEnd(NAME_COLUMN) + columns.map((column) => String(column).padStart(COLUMN)).join('');
}

function positive(text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('It must be a number above 0.');
}
