import manifest from '../../package.json' with { type: 'json' };
import { asyncApiDocument } from '../contract-tooling/asyncapi.ts';
import { BreakingReleaseError, requireCompatible } from '../contract-tooling/compatible-release.ts';
import { AlreadyReleasedError, keepRelease, lastRelease } from '../contract-tooling/releases.ts';
import { DeployCheckError } from '../deploy-check/deploy-check-error.ts';
import {
  keepStackRelease,
  lastStackRelease,
  releasedChanges,
} from '../deploy-check/released/released-changes.mjs';
import { installTemplateTools, translatedStacks } from '../deploy-check/released/stacks.mjs';
import { exitWithReason } from '../local/machine/exit-with-reason.ts';

// Keeps the version in package.json as a release: its event contract in contracts/releases/VERSION/asyncapi.json, and what of its stacks must
// outlive later ones in infra/releases/VERSION.json.
try {
  const { version } = manifest;
  const stacks = translatedStacks(installTemplateTools());
  if (stacks === undefined)
    throw new DeployCheckError('not-translated', 'SAM does not translate the template');
  const release = { version, text: await asyncApiDocument() };
  requireCompatible(release, lastRelease());
  const lost = releasedChanges(lastStackRelease(), stacks);
  if (lost.length > 0) throw new BreakingReleaseError(`An update to ${version} loses: ${lost.join('; ')}`);
  keepRelease(release);
  if (!keepStackRelease(version, stacks))
    throw new AlreadyReleasedError(`Version ${version} was released with other stacks`);
} catch (error) {
  exitWithReason(error);
}
