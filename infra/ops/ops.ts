import { Command, CommanderError } from 'commander';
import { count, named } from './command-line/arguments.ts';
import { EXIT } from './command-line/exit-codes.ts';
import { visible } from './command-line/output.ts';
import { addActivity } from './commands/activity.ts';
import { addBackfill } from './commands/backfill.ts';
import { addChaos, addRestart } from './commands/chaos.ts';
import { addDlq } from './commands/dlq.ts';
import { addForget } from './commands/forget.ts';
import { addLag } from './commands/lag.ts';
import { addReindex } from './commands/reindex.ts';
import { addPauseAndResume, addStatus } from './commands/status.ts';
import { addVerify } from './commands/verify.ts';

const program = new Command('npm run -s ops --')
  .description(
    'Operate the system: the local system that runs on this machine, or with --stack a stack of an AWS account.',
  )
  .option('--stack <name>', 'the CloudFormation stack to use', named)
  .option('--region <region>', "with --stack: its region (default: the AWS SDK's)", named)
  .option(
    '--profile <name>',
    "with --stack: the profile of the AWS configuration (default: the AWS SDK's)",
    named,
  )
  .option('--pid <process>', 'without --stack: the process id of the local system, if several run', count)
  .option('--json', 'print one JSON value instead of tables', false)
  .addHelpText(
    'after',
    `
Exit codes:
  ${EXIT.ok}  nothing differs, or everything succeeded
  ${EXIT.differs}  something differs, failed or was not done; or there are dead letters and none matches the filters
  ${EXIT.usage}  the command line is invalid; nothing was done
  ${EXIT.unreachable}  the system cannot be reached, or refused a request`,
  )
  .configureOutput({
    // An error quotes the argument.
    outputError: (text, write) => write(text.split('\n').map(visible).join('\n')),
  })
  .exitOverride()
  .hook('preAction', (all) => {
    const { stack, region, profile, pid } = all.opts();
    if (stack === undefined && (region !== undefined || profile !== undefined))
      all.error('error: --region and --profile are for a stack, and not for the local system: add --stack');
    if (stack !== undefined && pid !== undefined)
      all.error('error: --pid is for the local system, and not for a stack: omit --pid or --stack');
  });

addStatus(program);
addLag(program);
addPauseAndResume(program);
addReindex(program);
addBackfill(program);
addVerify(program);
addDlq(program);
addForget(program);
addActivity(program);
addChaos(program);
addRestart(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Help ends with 0; any other error is an invalid command line.
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}
