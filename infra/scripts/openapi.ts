import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../contract-tooling/openapi.ts';
import { withRouteTables } from '../contract-tooling/route-tables.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';

// Writes contracts/openapi.json, and the tables of routes in docs/api.md.
writeFileSync(join(PROJECT_ROOT, 'contracts', 'openapi.json'), await openApiDocument());
const page = join(PROJECT_ROOT, 'docs', 'api.md');
writeFileSync(page, withRouteTables(readFileSync(page, 'utf8')));
