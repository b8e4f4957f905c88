import { OrderStreamError } from '../../pipelines/errors.ts';
import { breakingChanges } from './breaking-changes.ts';
import { readContract } from './event-contract.ts';
import type { Release } from './releases.ts';

/** The next release would break what subscribers, or deployed stacks, rely on. */
export class BreakingReleaseError extends OrderStreamError {
  readonly code = 'breaking-release';
  readonly remedy =
    'Publish a new event type beside the old one (docs/events.md, "Versions"), or raise the major version. Accept a change of the stacks by its name in infra/releases, with its reason.';
}

/**
 * A kept release is what the next one is compared with. So a contract that breaks the last one is kept only under a higher major version:
 * otherwise, to keep it would hide what it breaks.
 *
 * @throws BreakingReleaseError with all that is broken; UnreadableContractError.
 */
export function requireCompatible({ version, text }: Release, last: Release | undefined): void {
  if (last === undefined || majorOf(version) > majorOf(last.version)) return;
  const broken = breakingChanges(readContract(last.text), readContract(text));
  if (broken.length > 0)
    throw new BreakingReleaseError(
      `Version ${version} breaks ${last.version}: ${broken.map(({ where, message }) => `${where} ${message}`).join('; ')}`,
    );
}

const majorOf = (version: string): number => Number.parseInt(version, 10);
