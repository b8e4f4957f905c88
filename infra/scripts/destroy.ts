import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { Command } from 'commander';
import * as z from 'zod';
import { parse } from '../../contracts/reading.ts';
import { accountOf } from '../deploy/account.ts';
import { destroy } from '../deploy/destroy.ts';
import { readEnvironment } from '../deploy/environment.ts';
import { hasStack } from '../deploy/no-stack.ts';
import { programsIn } from '../deploy/programs.ts';
import { stackResources } from '../deploy/stack-resources.ts';
import { exitWithReason } from '../local/machine/exit-with-reason.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';
import { readTemplate } from '../local/template/template.ts';

// Deletes a stack, and says what remains of it. docs/deploy.md has more.
const Options = z.object({
  env: z.string(),
  region: z.string().optional(),
  profile: z.string().optional(),
  yes: z.boolean(),
});

async function main(): Promise<void> {
  const program = new Command('npm run destroy --')
    .description('Delete the stack of an environment of infra/samconfig.toml. What holds data remains.')
    .requiredOption('--env <name>', 'the environment: dev, staging or prod')
    .option('--region <region>', "the stack's region (default: the AWS SDK's)")
    .option('--profile <name>', "the profile of the AWS configuration (default: the AWS SDK's)")
    .option('--yes', 'delete without a question', false)
    .parse();
  const { env, yes, ...named } = parse(Options, program.opts());
  const environment = readEnvironment(env);
  const { account, region } = await accountOf(named);
  console.log(`Account ${account}, region ${region}.`);
  const place = { region, ...(named.profile === undefined ? {} : { profile: named.profile }) };
  const confirm = async (question: string): Promise<boolean> =>
    yes || (await typed(`${question} Type its name: `)) === environment.stackName;
  const client = new CloudFormationClient(place);
  const deletion = {
    ...place,
    environment,
    confirm,
    resources: (stackName: string) => stackResources(client, stackName),
    isThere: (stackName: string) => hasStack(client, stackName),
  };
  const programs = programsIn(join(PROJECT_ROOT, 'infra'));
  const isDeleted = await destroy(deletion, readTemplate(), programs, console.log);
  if (!isDeleted) process.exitCode = 1;
}

/** What is typed; nothing at the end of the input. */
async function typed(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await Promise.race([
      terminal.question(question),
      new Promise<string>((resolve) => terminal.once('close', () => resolve(''))),
    ]);
  } finally {
    terminal.close();
  }
}

main().catch(exitWithReason);
