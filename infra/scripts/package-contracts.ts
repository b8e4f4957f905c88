import { join } from 'node:path';
import { buildPackage } from '../contract-tooling/package/build-package.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';

// Writes dist/package, for `npm pack ./dist/package` or `npm publish ./dist/package`.
await buildPackage(join(PROJECT_ROOT, 'dist', 'package'));
