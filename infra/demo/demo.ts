import { join } from 'node:path';
import { Command } from 'commander';
import { exitWithReason } from '../local/machine/exit-with-reason.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';
import { untilSignal } from '../local/machine/until-signal.ts';
import { commandLog } from '../local/running/log-file.ts';
import { openToOperators } from '../local/running/open-to-operators.ts';
import { type LocalSystem, startLocalSystem } from '../local/system/local-system.ts';
import { DEMO_PARAMETERS, playDemo } from './play-demo.ts';
import { progressBars } from './progress.ts';
import type { Check } from './reconcile.ts';
import { reportChecks } from './reconcile.ts';
import { readSuperstore, superstoreSlice } from './superstore.ts';

/** Enough for every kind of change, and few enough that they are on a page within a minute. */
const ORDERS = 400;
const LOG_PATH = join(PROJECT_ROOT, '.data', 'demo.log');

const program = new Command('npm run demo --')
  .description(
    `Run the system on this machine, import ${ORDERS} real orders, change some of them, and reconcile everything.`,
  )
  .option('--full', 'import all 5,009 orders, which takes minutes', false)
  .option('--once', 'end after the reconciliation, with 0 if everything reconciles and 1 if not', false)
  .parse();

await main().catch(exitWithReason);

async function main(): Promise<void> {
  const { signal, interrupted } = untilSignal();
  signal.addEventListener('abort', () => console.log('Stopping.'));
  await using running = new AsyncDisposableStack();
  const { log, end } = commandLog(LOG_PATH);
  running.defer(end);
  const system = await startLocalSystem({ parameters: DEMO_PARAMETERS, log, signal }).catch(
    (error: unknown) => {
      // An operation that the interruption cancels fails with its own error.
      signal.throwIfAborted();
      throw error;
    },
  );
  running.defer(() => system.stop());
  console.log(`The system is up after ${process.uptime().toFixed(1)} s: ${system.apiUrl}`);
  console.log(`Its log is ${LOG_PATH}`);
  const isOnce = program.opts()['once'];
  if (!isOnce) {
    const operators = await openToOperators(system, { log: (line) => console.error(line) });
    running.defer(() => operators.stop());
    console.log(`Watch it in the console: ${operators.consoleUrl}`);
  }
  const superstore = await (program.opts()['full'] ? readSuperstore() : superstoreSlice(ORDERS));
  const played = playDemo(system, superstore, progressBars);
  const checks = await Promise.race([played, interrupted]);
  if (checks === undefined) return signal.throwIfAborted();
  process.exitCode = report(checks) ? 0 : 1;
  if (isOnce) return;
  showWhereToLook(system);
  await interrupted;
}

function report(checks: readonly Check[]): boolean {
  console.log('\nReconciliation');
  const reconciled = reportChecks(checks);
  console.log(reconciled ? '\nEverything reconciles.' : '\nThere are differences.');
  return reconciled;
}

function showWhereToLook({ apiUrl, endpoints, names, mails }: LocalSystem): void {
  console.log(`
The system keeps running. Press Ctrl-C to stop.
  an order        curl -H "authorization: Bearer $(npm run -s token -- --sub CG-12520)" ${apiUrl}/users/CG-12520/orders/ORDER_ID
  the index       curl '${endpoints.openSearch}/orders/_search?q=text:bookcase&pretty'
  dead letters    npm run ops -- dlq list
  the mails       ${mails.path}
  DynamoDB        ${endpoints.dynamoDb}  table ${names['Table'] ?? ''}`);
}
