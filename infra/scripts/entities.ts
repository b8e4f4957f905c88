import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  declaredEntities,
  registrySource,
  withFilters,
  withItemTable,
} from '../contract-tooling/entity-registry.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';

// Writes the registry of entities, the table of items in docs/architecture.md, and the filters of the mappings in infra/consumers.yaml.
const folder = join(PROJECT_ROOT, 'contracts', 'entities');
const declared = declaredEntities(folder);
writeFileSync(join(folder, 'registry.ts'), registrySource(declared));
// The registry that was just written.
const { ENTITIES, filteredOut } = await import('../../contracts/entities/entities.ts');

function rewrite(name: string, change: (text: string) => string): void {
  const file = join(PROJECT_ROOT, name);
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

rewrite('docs/architecture.md', (page) => withItemTable(page, ENTITIES, declared));
rewrite('infra/consumers.yaml', (template) =>
  withFilters(
    withFilters(template, 'OrderEventsMapping', filteredOut('order-events')),
    'SearchIndexMapping',
    filteredOut('search-index'),
  ),
);
