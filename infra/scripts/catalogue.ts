import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogueFiles } from '../contract-tooling/catalogue/catalogue.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';

// Writes dist/catalogue: open its index.html in a browser, or put the folder on any web server.
const folder = join(PROJECT_ROOT, 'dist', 'catalogue');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const [name, content] of Object.entries(await catalogueFiles()))
  writeFileSync(join(folder, name), content);
console.log(join(folder, 'index.html'));
