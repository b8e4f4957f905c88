import { Command } from 'commander';
import { exitWithReason } from '../exit-with-reason.ts';
import { type LocalSystem, startLocalSystem } from '../local-system.ts';
import { openToOperators } from '../running/open-to-operators.ts';
import { announceInterruption, untilSignal } from '../until-signal.ts';
import { DEMO_PARAMETERS, playDemo } from './play-demo.ts';
import { progressBars } from './progress-bars.ts';
import type { Check } from './reconcile.ts';
import { reportChecks } from './report-checks.ts';
import { readSuperstore } from './superstore.ts';

const program = new Command('npm run demo --')
  .description(
    'Runs the whole system on this machine, drives 5,009 real orders through it and reconciles everything.',
  )
  .option('--once', 'end after the reconciliation: 0 if all reconciles, 1 if not', false)
  .parse();

const interrupted = untilSignal();
const starting = startLocalSystem({ parameters: DEMO_PARAMETERS });
const system = await announceInterruption(starting, interrupted).catch(exitWithReason);
console.log(`The system is up after ${process.uptime().toFixed(1)} s: ${system.apiUrl}`);
const operators = program.opts()['once'] ? undefined : await openToOperators(system).catch(exitWithReason);
if (operators !== undefined) console.log(`Watch it in the console: ${operators.consoleUrl}`);
process.exitCode = await run(system).catch(exitWithReason);
await operators?.stop();
await system.stop();

async function run(running: LocalSystem): Promise<number> {
  const played = playDemo(running, await readSuperstore(), progressBars);
  const checks = await Promise.race([played, interrupted]);
  if (checks === undefined) return 1;
  const reconciled = report(checks);
  if (!program.opts()['once']) {
    showWhereToLook(running);
    await interrupted;
  }
  return reconciled ? 0 : 1;
}

function report(checks: readonly Check[]): boolean {
  console.log('\nReconciliation');
  const reconciled = reportChecks(checks);
  console.log(reconciled ? '\nEverything reconciles.' : '\nThere are differences.');
  return reconciled;
}

function showWhereToLook({ apiUrl, endpoints, names, mails }: LocalSystem): void {
  console.log(`
The system stays up for a look; Ctrl-C ends it.
  an order        curl -H "authorization: Bearer $(npm run -s token -- --sub CG-12520)" ${apiUrl}/users/CG-12520/orders/ORDER_ID
  the index       curl '${endpoints.openSearch}/orders/_search?q=text:bookcase&pretty'
  dead letters    npm run ops -- dlq list
  the mails       ${mails.path}
  DynamoDB        ${endpoints.dynamoDb}  table ${names['Table'] ?? ''}`);
}
