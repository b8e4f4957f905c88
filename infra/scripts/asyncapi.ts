import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncApiDocument } from '../contract-tooling/asyncapi.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';

// Writes contracts/asyncapi.json.
writeFileSync(join(PROJECT_ROOT, 'contracts', 'asyncapi.json'), await asyncApiDocument());
