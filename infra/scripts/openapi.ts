import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../contract-tooling/openapi.ts';
import { withRouteTables } from '../contract-tooling/route-tables.ts';
import { withRoutes } from '../contract-tooling/template-routes.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';

// Writes contracts/openapi.json, the tables of routes in docs/api.md, and the routes in infra/template.yaml.
writeFileSync(join(PROJECT_ROOT, 'contracts', 'openapi.json'), await openApiDocument());
const PARTS = { 'docs/api.md': withRouteTables, 'infra/template.yaml': withRoutes };
for (const [name, withPart] of Object.entries(PARTS)) {
  const file = join(PROJECT_ROOT, name);
  writeFileSync(file, withPart(readFileSync(file, 'utf8')));
}
