import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ENTITIES } from '../../contracts/entities/entities.ts';
import type { KeyPart } from '../../contracts/entities/entity.ts';
import { OrderStreamError } from '../../pipelines/errors.ts';
import { capitalized, withPart } from './written-part.ts';

/** A file has no place for what follows from the entities. */
export class MissingEntityPlaceError extends OrderStreamError {
  readonly code = 'missing-entity-place';
  readonly remedy =
    'Give docs/architecture.md the header of the table of items, and infra/consumers.yaml the mappings with their filters.';
}

type AnyEntity = (typeof ENTITIES)[number];

/** An entity that a file of contracts/entities exports, by the name of the export and the file. */
export interface DeclaredEntity {
  readonly name: string;
  readonly file: string;
}

/** The entities that the files of a folder export, by file. */
export const declaredEntities = (folder: string): readonly DeclaredEntity[] =>
  readdirSync(folder)
    .toSorted()
    .flatMap((file) => {
      const exported = readFileSync(join(folder, file), 'utf8').matchAll(/^export const (\w+Entity) = \{/gm);
      return [...exported].map(([, name = '']) => ({ name, file }));
    });

/** contracts/entities/registry.ts. */
export const registrySource = (entities: readonly DeclaredEntity[]): string =>
  [
    ...entities.map(({ name, file }) => `import { ${name} } from './${file}';`),
    '',
    '/** Every entity of the table: those that the files of this folder export. Written by `npm run entities`. */',
    'export const ENTITIES = [',
    ...entities.map(({ name }) => `  ${name},`),
    '] as const;',
    '',
  ].join('\n');

const HEADER = '| item | pk | sk | written by | read by |\n|---|---|---|---|---|\n';
const spelled = ({ prefix, id }: KeyPart): string => (id === undefined ? prefix : `${prefix}{${id}}`);
/** `ledger-entry.ts` is `Ledger entry`. */
const titleOf = ({ file }: DeclaredEntity): string =>
  capitalized(file.replace('.ts', '').replaceAll('-', ' '));

/**
 * docs/architecture.md with the table of items.
 *
 * @param declared Where each of the entities is declared, in the same order.
 * @throws MissingEntityPlaceError
 */
export function withItemTable(
  page: string,
  entities: readonly AnyEntity[],
  declared: readonly DeclaredEntity[],
): string {
  const rows = entities.map(({ key: { pk, sk }, writtenBy, readBy }, index) => {
    const cells = [
      ...declared.slice(index, index + 1).map(titleOf),
      `\`${spelled(pk)}\``,
      `\`${spelled(sk)}\``,
      writtenBy.join(', '),
      readBy.join(', '),
    ];
    return `| ${cells.join(' | ')} |\n`;
  });
  return written(page, new RegExp(`(${HEADER.replaceAll('|', '\\|')})(?:\\|.*\\n)*`), () => rows.join(''));
}

/**
 * infra/consumers.yaml where the filters of a mapping name the types and sort keys of the entities that its consumer does not use.
 *
 * @throws MissingEntityPlaceError
 */
export function withFilters(template: string, mapping: string, excluded: readonly AnyEntity[]): string {
  const listed = (values: readonly string[]): string => `[${values.map((value) => `"${value}"`).join(', ')}]`;
  const types = listed(excluded.map(({ key }) => key.entityType));
  const sortKeys = listed(excluded.map(({ key }) => key.sk.prefix));
  const block = new RegExp(`(^  ${mapping}:\\n)((?:(?!^  \\S).*\\n)*)`, 'm');
  return written(template, block, (properties) =>
    properties
      .replaceAll(/(?<="entityType": \{"S": \[\{"anything-but": )\[[^\]]*\]/g, types)
      .replaceAll(/(?<="sk": \{"S": \[\{"anything-but": )\[[^\]]*\]/g, sortKeys),
  );
}

const written = (text: string, place: RegExp, part: (old: string) => string): string =>
  withPart(text, place, part, () => new MissingEntityPlaceError(`There is no ${place.source}`));
