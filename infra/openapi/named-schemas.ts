import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { PROJECT_ROOT } from '../local/project-root.ts';

const DOCUMENTED_EXPORT = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*export const (\w+)/g;

/**
 * Gives each schema that contracts/ exports the name of its export, and what its TSDoc says, so that the document refers to it.
 * It is done here and not in contracts/, where the functions would carry these texts.
 */
export async function nameSchemas(): Promise<void> {
  for (const file of globSync('contracts/**/*.ts', { cwd: PROJECT_ROOT }).toSorted()) {
    const path = join(PROJECT_ROOT, file);
    const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);
    const descriptions = descriptionsIn(readFileSync(path, 'utf8'));
    for (const [id, schema] of Object.entries(exported))
      if (schema instanceof z.ZodType)
        z.globalRegistry.add(schema, { ...schema.meta(), ...descriptions.get(id), id });
  }
}

const descriptionsIn = (source: string): ReadonlyMap<string, { readonly description: string }> =>
  new Map(
    [...source.matchAll(DOCUMENTED_EXPORT)].map(([, tsDoc = '', name = '']) => [
      name,
      { description: plainText(tsDoc) },
    ]),
  );

const plainText = (tsDoc: string): string =>
  tsDoc
    .replaceAll(/^\s*\*/gm, '')
    .replaceAll(/\{@link (\w+)\}/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
