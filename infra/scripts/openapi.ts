import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../contract-tooling/openapi.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';

// Writes contracts/openapi.json.
writeFileSync(join(PROJECT_ROOT, 'contracts', 'openapi.json'), await openApiDocument());
