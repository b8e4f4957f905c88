import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunctions } from '../local/lambda/bundle.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';
import { parseHandler } from '../local/plan/function.ts';
import { readTemplate } from '../local/template/template.ts';

const entryPoints = Object.entries(readTemplate().Resources).flatMap(([logicalId, { Type, Properties }]) =>
  Type === 'AWS::Serverless::Function' ? [{ logicalId, ...parseHandler(String(Properties['Handler'])) }] : [],
);
const modules = await bundleFunctions(entryPoints);
console.log(`Bundled ${modules.size} functions into .build/functions`);

// What the bundles are made of, beside them: a bill of materials of the packages that are no tools.
const billArgs = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev'];
const bill = execFileSync('npm', billArgs, { cwd: PROJECT_ROOT, encoding: 'utf8', timeout: 60_000 });
const billFile = join('.build', 'sbom.cdx.json');
mkdirSync(join(PROJECT_ROOT, '.build'), { recursive: true });
writeFileSync(join(PROJECT_ROOT, billFile), bill);
console.log(`Wrote the bill of materials to ${billFile}`);
