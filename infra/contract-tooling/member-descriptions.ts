import { type ESTree, parseSync } from 'vite';

/** The descriptions of the members of each object that a module declares, by the names of the declaration and the member. */
export type MemberDescriptions = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The methods whose argument has members of the object. Those of `pick` and the like have no TSDoc of their own. */
const ADDING: ReadonlySet<string> = new Set([
  'object',
  'strictObject',
  'looseObject',
  'extend',
  'safeExtend',
]);

/**
 * The TSDoc of each member of the objects that a module of contracts/ declares, exported or not: schemas, shapes, and functions that return
 * one. A member belongs to its own declaration, and to those of the module that spread or extend it. An object within a member has members
 * of its own, which are left out.
 */
export function memberDescriptions(source: string): MemberDescriptions {
  const { program, comments } = parseSync('contract.ts', source);
  const texts = new Map(
    comments.filter(({ value }) => value.startsWith('*')).map(({ end, value }) => [end, plainText(value)]),
  );
  const declared = new Map(program.body.flatMap(declarationsOf));

  const membersOf = (node: ESTree.Node): [string, string | undefined][] => {
    switch (node.type) {
      case 'Identifier': {
        const value = declared.get(node.name);
        return value === undefined ? [] : membersOf(value);
      }
      case 'ObjectExpression':
        return node.properties.flatMap((property) =>
          property.type === 'SpreadElement' ? membersOf(property.argument) : [memberOf(property)],
        );
      case 'MemberExpression':
        return membersOf(node.object);
      case 'CallExpression':
        return [
          ...membersOf(node.callee),
          ...(ADDING.has(methodOf(node.callee)) ? node.arguments.flatMap(membersOf) : []),
        ];
      case 'ArrowFunctionExpression':
        return membersOf(node.body);
      default:
        return [];
    }
  };
  const memberOf = ({ key, start }: ESTree.ObjectProperty): [string, string | undefined] => [
    nameOf(key),
    texts.get(source.slice(0, start).trimEnd().length),
  ];
  return new Map([...declared].map(([name, value]) => [name, described(membersOf(value))]));
}

/** Those with a description. A member replaces one of the same name before it, also where it has none. */
const described = (members: readonly [string, string | undefined][]): ReadonlyMap<string, string> =>
  new Map([...new Map(members)].flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])));

function declarationsOf(statement: ESTree.Node): [string, ESTree.Node][] {
  const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  if (declaration?.type !== 'VariableDeclaration') return [];
  return declaration.declarations.flatMap(({ id, init }): [string, ESTree.Node][] =>
    id.type === 'Identifier' && init ? [[id.name, init]] : [],
  );
}

const methodOf = (callee: ESTree.Node): string =>
  callee.type === 'MemberExpression' ? nameOf(callee.property) : '';

function nameOf(key: ESTree.Node): string {
  if (key.type === 'Identifier') return key.name;
  return key.type === 'Literal' ? String(key.value) : '';
}

/** A TSDoc comment as one line of text. */
export const plainText = (tsDoc: string): string =>
  tsDoc
    .replaceAll(/^\s*\*/gm, '')
    .replaceAll(/\{@link (\w+)\}/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
