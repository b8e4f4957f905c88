import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../local/project-root.ts';
import { openApiDocument } from '../openapi/document.ts';

// Writes contracts/openapi.json.
writeFileSync(join(PROJECT_ROOT, 'contracts', 'openapi.json'), await openApiDocument());
