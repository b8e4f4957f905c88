import { Command } from 'commander';
import * as z from 'zod';
import { exitWithReason } from '../../infra/local/machine/exit-with-reason.ts';
import { count } from '../../infra/ops/command-line/arguments.ts';
import { printed } from '../bench/page/page.ts';
import { outcomeOf } from '../bench/page/run.ts';
import { soak } from '../bench/reports/soak.ts';

const program = new Command('npm run soak --')
  .description('Sends many orders through the real local system, and prints how its memory grows.')
  .option('--orders <number>', 'how many', count, 100_000)
  .parse();

await main(z.object({ orders: z.number() }).parse(program.opts()).orders).catch(exitWithReason);

async function main(soakOrders: number): Promise<void> {
  const outcome = await outcomeOf(soak, { soakOrders });
  console.log(`\n${printed(soak, outcome)}`);
  if (outcome.failed !== undefined) process.exitCode = 1;
}
