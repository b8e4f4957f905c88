import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../contracts/reading.ts';
import { OrderStreamError } from '../../pipelines/errors.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';
import { EXIT } from '../ops/command-line/exit-codes.ts';
import type { Environment } from './environment.ts';
import { ProgramFailedError, type Programs } from './programs.ts';
import { smokeTest } from './smoke-test.ts';

/** The stack has no output that the test of a deployment needs. */
export class NoApiUrlError extends OrderStreamError {
  readonly code = 'no-api-url';
  readonly remedy = 'See aws cloudformation describe-stack-events.';
}

/** Someone refused the change set. Nothing was changed. */
export class NotDeployedError extends OrderStreamError {
  readonly code = 'not-deployed';
  readonly remedy =
    'Run it again to deploy. A stack that was not created yet is empty: aws cloudformation delete-stack --stack-name NAME deletes it.';
}

/** The stack is deployed, and `ops verify` did not reach its table or its OpenSearch from this machine. */
export class NotVerifiedError extends OrderStreamError {
  readonly code = 'not-verified';
  readonly remedy =
    'See what it printed. A domain in a VPC responds inside of it alone: run ops --stack NAME verify there, and deploy with --no-verify from elsewhere.';
}

/** Which account and region; the AWS SDK's own without them. */
export interface Place {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** What a deployment is to do. */
export interface Deployment extends Place {
  readonly environment: Environment;
  /** They win over those of the environment. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether the change set is executed without a question. */
  readonly yes: boolean;
  /** The change sets of a stack that wait to be executed: `pendingChangeSets`. SAM ends with 0 after one that was refused. */
  readonly changeSets: (stackName: string) => Promise<readonly string[]>;
  /** Whether `ops verify` compares what derives from the table with it. It must reach OpenSearch, also in a VPC. */
  readonly verify: boolean;
  /** For the test of the API. It goes into no file, no argument of a program and no message. */
  readonly token: string | undefined;
}

const Outputs = z.array(z.looseObject({ OutputKey: z.string(), OutputValue: z.string() }));

/**
 * Builds the functions, lets SAM show the change set, ask and deploy it, tests the API, and compares the stock, the stats and the index with the table.
 *
 * @param programs Run in infra, where SAM finds its configuration.
 * @throws ProgramMissingError before anything is done; ProgramFailedError for the first step that fails; NotDeployedError where someone refused
 * the change set, with nothing tested; NoApiUrlError; SmokeTestError;
 * NotVerifiedError where the deployed stack cannot be compared from this machine.
 */
export async function deploy(
  { environment, parameters, yes, verify, token, changeSets, ...place }: Deployment,
  programs: Programs,
  say: (line: string) => void,
): Promise<void> {
  const { name, stackName } = environment;
  say(`Deploys ${stackName} (${name}) with ${(await programs.output('sam', ['--version'])).trim()}.`);
  await programs.run(process.execPath, [
    join(PROJECT_ROOT, 'infra/local/setup.mjs'),
    join(PROJECT_ROOT, 'infra/scripts/build.ts'),
  ]);
  await programs.run('sam', ['build', '--config-env', name]);
  const before = yes ? [] : await changeSets(stackName);
  await programs.run('sam', [
    'deploy',
    '--config-env',
    name,
    yes ? '--no-confirm-changeset' : '--confirm-changeset',
    '--no-fail-on-empty-changeset',
    ...placeOptions(place),
    '--parameter-overrides',
    ...overrides({ ...environment.parameters, ...parameters }),
  ]);
  const refused = yes ? [] : (await changeSets(stackName)).filter((id) => !before.includes(id));
  if (refused.length > 0)
    throw new NotDeployedError(`${stackName} is as it was: its change set was not executed`);
  await smokeTest(await apiUrlOf(stackName, place, programs), token, say);
  if (verify) await verifyStack(stackName, place, programs);
  else say(`Not verified: run ops --stack ${stackName} verify where OpenSearch responds.`);
  say(`${stackName} is deployed.`);
}

async function verifyStack(stackName: string, place: Place, programs: Programs): Promise<void> {
  const ops = join(PROJECT_ROOT, 'infra/ops/bin.mjs');
  try {
    await programs.run(process.execPath, [ops, '--stack', stackName, ...placeOptions(place), 'verify']);
  } catch (error) {
    if (!(error instanceof ProgramFailedError) || error.status !== EXIT.unreachable) throw error;
    throw new NotVerifiedError(`${stackName} is deployed, and ops verify did not reach all of it`, {
      cause: error,
    });
  }
}

/** As options of SAM and of `ops`. */
export const placeOptions = ({ region, profile }: Place): readonly string[] => [
  ...(region === undefined ? [] : ['--region', region]),
  ...(profile === undefined ? [] : ['--profile', profile]),
];

/** SAM splits an argument at blanks outside of quotes. */
const overrides = (parameters: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(parameters).map(([name, value]) => `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`);

async function apiUrlOf(stackName: string, place: Place, programs: Programs): Promise<string> {
  const args = [
    'list',
    'stack-outputs',
    '--stack-name',
    stackName,
    '--output',
    'json',
    ...placeOptions(place),
  ];
  const outputs = parseJson(Outputs, await programs.output('sam', args));
  const url = outputs.find(({ OutputKey }) => OutputKey === 'ApiUrl')?.OutputValue;
  if (url === undefined) throw new NoApiUrlError(`The stack ${stackName} has no output ApiUrl`);
  return url;
}
