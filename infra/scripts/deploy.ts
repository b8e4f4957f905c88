import { join } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { Command } from 'commander';
import * as z from 'zod';
import { parse } from '../../contracts/reading.ts';
import { accountOf } from '../deploy/account.ts';
import { deploy } from '../deploy/deploy.ts';
import { parametersOf, readEnvironment, requireParameters } from '../deploy/environment.ts';
import { pendingChangeSets } from '../deploy/pending-change-sets.ts';
import { programsIn } from '../deploy/programs.ts';
import { exitWithReason } from '../local/machine/exit-with-reason.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';
import { readTemplate } from '../local/template/template.ts';

// Deploys a stack to the AWS account of the credentials in the environment. docs/deploy.md has the steps.
const Options = z.object({
  env: z.string(),
  parameter: z.array(z.string()),
  region: z.string().optional(),
  profile: z.string().optional(),
  token: z.string().optional(),
  yes: z.boolean(),
  verify: z.boolean(),
});

async function main(): Promise<void> {
  const program = new Command('npm run deploy --')
    .description('Build and deploy an environment of infra/samconfig.toml, then test it.')
    .requiredOption('--env <name>', 'the environment: dev, staging or prod')
    .option(
      '--parameter <Name=value...>',
      'parameters of the template; they win over those of the environment',
      [],
    )
    .option('--region <region>', "the stack's region (default: the AWS SDK's)")
    .option('--profile <name>', "the profile of the AWS configuration (default: the AWS SDK's)")
    .option(
      '--token <token>',
      'a token with the scope ops:read, to test the API (default: ORDER_STREAM_TOKEN)',
    )
    .option('--yes', 'execute the change set without a question', false)
    .option('--no-verify', 'do not compare with the table, where OpenSearch does not respond to this machine')
    .parse();
  const { env, parameter, token, ...options } = parse(Options, program.opts());
  const environment = readEnvironment(env);
  const parameters = parametersOf(parameter);
  requireParameters({ ...environment.parameters, ...parameters }, readTemplate());
  const { account, region } = await accountOf(options);
  console.log(`Account ${account}, region ${region}.`);
  const { profile } = options;
  const client = new CloudFormationClient({ region, ...(profile === undefined ? {} : { profile }) });
  const deployment = {
    ...options,
    changeSets: (stackName: string) => pendingChangeSets(client, stackName),
    region,
    environment,
    parameters,
    token: token ?? process.env['ORDER_STREAM_TOKEN'],
  };
  // No program that this one runs needs the token.
  const { ORDER_STREAM_TOKEN: _token, ...variables } = process.env;
  await deploy(deployment, programsIn(join(PROJECT_ROOT, 'infra'), variables), console.log);
}

main().catch(exitWithReason);
