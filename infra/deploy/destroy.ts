import { OrderStreamError } from '../../pipelines/errors.ts';
import type { Template } from '../local/template/template.ts';
import { type Place, placeOptions } from './deploy.ts';
import type { Environment } from './environment.ts';
import type { Programs } from './programs.ts';
import { deletionCommands, deliveryLogs, orphansOf, retainedResources } from './retained.ts';

/** SAM ended well, and the stack is still there. */
export class NotDeletedError extends OrderStreamError {
  readonly code = 'not-deleted';
  readonly remedy =
    'SAM leaves a stack that was never created, because its first change set was refused: aws cloudformation delete-stack --stack-name NAME.';
}

/** What a deletion is to do. */
export interface Deletion extends Place {
  readonly environment: Environment;
  /** The physical ids of the stack's resources, by logical id. */
  readonly resources: (stackName: string) => Promise<ReadonlyMap<string, string>>;
  /** Whether there is a stack of this name. */
  readonly isThere: (stackName: string) => Promise<boolean>;
  /** Asks whether the stack is to be deleted. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/**
 * Says what outlives the stack and how to delete that too, asks, and deletes the stack.
 *
 * @returns whether it was deleted.
 * @throws ProgramMissingError before anything is done; ProgramFailedError; NotDeletedError; what `resources` and `isThere` throw.
 */
export async function destroy(
  { environment: { stackName }, resources, isThere, confirm, ...place }: Deletion,
  template: Template,
  programs: Programs,
  say: (line: string) => void,
): Promise<boolean> {
  await programs.output('sam', ['--version']);
  const options = ['--stack-name', stackName, ...placeOptions(place)];
  const physicalIds = await resources(stackName);
  for (const line of linesOf(stackName, template, physicalIds, place)) say(line);
  if (!(await confirm(`Delete the stack ${stackName}?`))) {
    say('Nothing was deleted.');
    return false;
  }
  await programs.run('sam', ['delete', '--no-prompts', ...options]);
  if (await isThere(stackName)) throw new NotDeletedError(`${stackName} is still there`);
  say(`${stackName} is deleted. What it held is still there, and costs, until you run the commands above.`);
  return true;
}

function* linesOf(
  stackName: string,
  template: Template,
  physicalIds: ReadonlyMap<string, string>,
  place: Place,
): Iterable<string> {
  const retained = retainedResources(template, physicalIds);
  const types = Map.groupBy(retained, ({ type }) => type);
  const counts = [...types].map(([type, those]) => `${those.length} of ${type}`);
  yield `Without ${stackName} there remain: ${counts.join(', ')}.`;
  yield 'A stack that is made again does not find them: it starts with an empty table.';
  yield `A first creation that fails leaves ${orphansOf(template).join(' and ')} behind each time.`;
  yield 'To delete what remains, with all data:';
  for (const resource of retained)
    for (const command of deletionCommands(resource, place)) yield `  ${command}`;
  for (const log of deliveryLogs(template, physicalIds)) {
    for (const command of deletionCommands(log, place)) yield `  ${command}`;
    yield 'SNS made that log, if a delivery has failed.';
  }
}
