import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';

const TSDOC = String.raw`/\*\*((?:[^*]|\*(?!/))*)\*/\s*`;
const DOCUMENTED_EXPORT = new RegExp(`${TSDOC}export const (\\w+)`, 'g');
const DOCUMENTED_MEMBER = new RegExp(`${TSDOC}'?([\\w-]+)'?:`, 'g');

const Shape = z.record(z.string(), z.instanceof(z.ZodType));

/**
 * Gives each schema that contracts/ exports the name of its export, so that the document refers to it, and its TSDoc as its
 * description. Members of objects get their own TSDoc. This happens here and not in contracts/, so that the functions' bundles do not
 * contain these texts.
 */
export async function nameSchemas(): Promise<void> {
  const modules = await Promise.all(
    globSync('contracts/**/*.ts', { cwd: PROJECT_ROOT }).toSorted().map(readModule),
  );
  for (const { source, exported } of modules) {
    const descriptions = descriptionsIn(source, DOCUMENTED_EXPORT);
    for (const [id, schema] of Object.entries(exported))
      if (schema instanceof z.ZodType) describe(schema, { ...descriptions.get(id), id });
  }
  for (const { source, exported } of modules) {
    const descriptions = descriptionsIn(source, DOCUMENTED_MEMBER);
    for (const [name, schema] of Object.values(exported).flatMap(membersOf))
      if (schema.meta()?.['id'] === undefined) describe(schema, { ...descriptions.get(name) });
  }
}

/** The TSDoc of each member of the events' schemas, by the member's name. */
export const eventMemberDescriptions = (): ReadonlyMap<string, { readonly description: string }> =>
  new Map(
    globSync('contracts/events/*.ts', { cwd: PROJECT_ROOT }).flatMap((file) => [
      ...descriptionsIn(readFileSync(join(PROJECT_ROOT, file), 'utf8'), DOCUMENTED_MEMBER),
    ]),
  );

async function readModule(file: string) {
  const path = join(PROJECT_ROOT, file);
  const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);
  return { source: readFileSync(path, 'utf8'), exported };
}

const describe = (schema: z.ZodType, meta: z.GlobalMeta): unknown =>
  z.globalRegistry.add(schema, { ...schema.meta(), ...meta });

/** The members of an object's schema, or of a shape that several objects share. */
const membersOf = (exported: unknown): [string, z.ZodType][] =>
  Object.entries(read(Shape, exported instanceof z.ZodObject ? exported.shape : exported).data ?? {});

const descriptionsIn = (
  source: string,
  documented: RegExp,
): ReadonlyMap<string, { readonly description: string }> =>
  new Map(
    [...source.matchAll(documented)].map(([, tsDoc = '', name = '']) => [
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
