import * as z from 'zod';
import { parseJson } from '../../contracts/reading.ts';
import type { Template } from '../local/template/template.ts';
import { type Place, placeOptions } from './deploy.ts';
import type { Environment } from './environment.ts';
import type { Programs } from './programs.ts';
import { deletionCommands, type RetainedResource, retainedResources } from './retained.ts';

/** What a deletion is to do. */
export interface Deletion extends Place {
  readonly environment: Environment;
  /** Asks whether the stack is to be deleted. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** SAM has a dash for what is not deployed. */
const Listed = z.array(z.looseObject({ LogicalResourceId: z.string(), PhysicalResourceId: z.string() }));
const NOT_DEPLOYED = '-';

/**
 * Says what outlives the stack and how to delete that too, asks, and deletes the stack.
 *
 * @returns whether it was deleted.
 * @throws ProgramMissingError before anything is done; ProgramFailedError.
 */
export async function destroy(
  { environment: { stackName }, confirm, ...place }: Deletion,
  template: Template,
  programs: Programs,
  say: (line: string) => void,
): Promise<boolean> {
  await programs.output('sam', ['--version']);
  const options = ['--stack-name', stackName, ...placeOptions(place)];
  const listed = parseJson(
    Listed,
    await programs.output('sam', ['list', 'resources', '--output', 'json', ...options]),
  );
  const physicalIds = new Map(
    listed
      .filter(({ PhysicalResourceId }) => PhysicalResourceId !== NOT_DEPLOYED)
      .map(({ LogicalResourceId, PhysicalResourceId }) => [LogicalResourceId, PhysicalResourceId]),
  );
  for (const line of linesOf(stackName, retainedResources(template, physicalIds))) say(line);
  if (!(await confirm(`Delete the stack ${stackName}?`))) {
    say('Nothing was deleted.');
    return false;
  }
  await programs.run('sam', ['delete', '--no-prompts', ...options]);
  say(`${stackName} is deleted. What it held is still there, and costs, until you run the commands above.`);
  return true;
}

function* linesOf(stackName: string, retained: readonly RetainedResource[]): Iterable<string> {
  const known = retained.filter(({ physicalId }) => physicalId !== undefined);
  const types = Map.groupBy(known, ({ type }) => type);
  const counts = [...types].map(([type, those]) => `${those.length} of ${type}`);
  yield `Without ${stackName} there remain: ${counts.join(', ')}.`;
  yield 'A stack that is made again does not find them: it starts with an empty table.';
  const orphans = retained.filter(({ isOrphanedByFailure }) => isOrphanedByFailure);
  yield `A first creation that fails leaves ${orphans.map(({ logicalId }) => logicalId).join(' and ')} behind each time.`;
  yield 'To delete what remains, with all data:';
  for (const resource of retained) for (const command of deletionCommands(resource)) yield `  ${command}`;
}
