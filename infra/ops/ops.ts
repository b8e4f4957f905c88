import { Command, CommanderError } from 'commander';
import { count, named } from './arguments.ts';
import { addDlq } from './commands/dlq.ts';
import { addLag } from './commands/lag.ts';
import { addReindex } from './commands/reindex.ts';
import { addVerify } from './commands/verify.ts';
import { EXIT } from './exit-codes.ts';

const program = new Command('npm run -s ops --')
  .description(
    'Looks after the system: the local one that runs, or a stack of an AWS account when --stack names one.',
  )
  .option('--stack <name>', 'the CloudFormation stack to work on', named)
  .option('--region <region>', "the stack's region (default: the SDK's own)", named)
  .option('--profile <name>', "the profile of the AWS configuration (default: the SDK's own)", named)
  .option('--pid <process>', 'which local system to work on, where several run', count)
  .option('--json', 'print one JSON value and no tables', false)
  .addHelpText(
    'after',
    `
Exit codes:
  ${EXIT.ok}  all is as it should be, or was done
  ${EXIT.differs}  something differs, failed, or was left undone; or dead letters are there and the filters let none pass
  ${EXIT.usage}  the command line is wrong; nothing was done
  ${EXIT.unreachable}  the system cannot be reached, or refused`,
  )
  .exitOverride();

addLag(program);
addReindex(program);
addVerify(program);
addDlq(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Help and the like end well; anything else is a wrong command line.
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}
