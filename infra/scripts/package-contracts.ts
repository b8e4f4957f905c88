import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { asyncApiDocument } from '../contract-tooling/asyncapi.ts';
import { buildPackage } from '../contract-tooling/package/build-package.ts';
import { requireOneContract } from '../contract-tooling/releases.ts';
import { exitWithReason } from '../local/machine/exit-with-reason.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';

// Writes dist/package, for `npm pack ./dist/package` or `npm publish ./dist/package`.
try {
  requireOneContract({ version: manifest.version, text: await asyncApiDocument() });
  await buildPackage(join(PROJECT_ROOT, 'dist', 'package'));
} catch (error) {
  exitWithReason(error);
}
