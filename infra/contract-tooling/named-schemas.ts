import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';
import { type MemberDescriptions, memberDescriptions, plainText } from './member-descriptions.ts';

const DOCUMENTED_EXPORT = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*export const (\w+)/g;

const Shape = z.record(z.string(), z.instanceof(z.ZodType));

/**
 * Gives each schema that contracts/ exports the name of its export, so that the document refers to it, and its TSDoc as its
 * description. Members of objects get their own TSDoc. This happens here and not in contracts/, so that the functions' bundles do not
 * contain these texts.
 *
 * @throws Error naming a schema that is a member of two objects which describe it differently: each needs one of its own.
 */
export async function nameSchemas(): Promise<void> {
  const modules = await Promise.all(
    globSync('contracts/**/*.ts', { cwd: PROJECT_ROOT }).toSorted().map(readModule),
  );
  for (const { source, exported } of modules) {
    const descriptions = exportDescriptions(source);
    for (const [id, schema] of Object.entries(exported))
      if (schema instanceof z.ZodType) describe(schema, { ...descriptions.get(id), id });
  }
  const described = new Map<z.ZodType, string>();
  for (const { where, schema, description } of modules.flatMap(describedMembersOf)) {
    if (schema.meta()?.['id'] !== undefined) continue;
    const other = described.get(schema) ?? description;
    if (other !== description) throw new Error(`${where} is described as “${other}” elsewhere.`);
    described.set(schema, description);
    describe(schema, { description });
  }
}

/** The members with TSDoc of what a module exports. */
function describedMembersOf({ source, exported }: Awaited<ReturnType<typeof readModule>>) {
  const descriptions = memberDescriptions(source);
  return Object.entries(exported).flatMap(([id, value]) =>
    membersOf(value).flatMap(([name, schema]) => {
      const description = descriptions.get(id)?.get(name);
      return description === undefined ? [] : [{ where: `${id}.${name}`, schema, description }];
    }),
  );
}

/** The TSDoc of the members of the events' schemas. */
export const eventMemberDescriptions = (): MemberDescriptions =>
  new Map(
    globSync('contracts/events/*.ts', { cwd: PROJECT_ROOT }).flatMap((file) => [
      ...memberDescriptions(readFileSync(join(PROJECT_ROOT, file), 'utf8')),
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

const exportDescriptions = (source: string): ReadonlyMap<string, { readonly description: string }> =>
  new Map(
    [...source.matchAll(DOCUMENTED_EXPORT)].map(([, tsDoc = '', name = '']) => [
      name,
      { description: plainText(tsDoc) },
    ]),
  );
