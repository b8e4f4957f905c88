import manifest from '../../package.json' with { type: 'json' };
import { asyncApiDocument } from '../contract-tooling/asyncapi.ts';
import { keepRelease } from '../contract-tooling/releases.ts';
import { exitWithReason } from '../local/machine/exit-with-reason.ts';

// Keeps the contract of the version in package.json as a release: contracts/releases/VERSION/asyncapi.json.
try {
  keepRelease({ version: manifest.version, text: await asyncApiDocument() });
} catch (error) {
  exitWithReason(error);
}
