import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { yamlParse } from 'yaml-cfn';
import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { PROJECT_ROOT } from '../machine/project-root.ts';
import { withLoopsRun, withNestedStacks } from './nested-stacks.ts';
import { TemplateError } from './template-error.ts';

const Parameter = z.looseObject({
  Type: z.enum(['String', 'Number', 'CommaDelimitedList']),
  Default: z.union([z.string(), z.number()]).optional(),
  AllowedValues: z.array(z.union([z.string(), z.number()])).optional(),
  AllowedPattern: z.string().optional(),
  MinValue: z.number().optional(),
  MaxValue: z.number().optional(),
  MinLength: z.number().optional(),
  MaxLength: z.number().optional(),
  ConstraintDescription: z.string().optional(),
});
export type Parameter = z.infer<typeof Parameter>;

export const Resource = z.looseObject({
  Type: z.string(),
  Condition: z.string().optional(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).default({}),
});
export type Resource = z.infer<typeof Resource>;

const Rule = z.strictObject({
  RuleCondition: z.unknown().optional(),
  Assertions: z.array(z.strictObject({ Assert: z.unknown(), AssertDescription: z.string() })).min(1),
});
export type Rule = z.infer<typeof Rule>;

const Template = z.looseObject({
  Parameters: z.record(z.string(), Parameter).default({}),
  Rules: z.record(z.string(), Rule).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Globals: z
    .looseObject({ Function: z.record(z.string(), z.unknown()).default({}) })
    .default({ Function: {} }),
  Resources: z.record(z.string(), Resource),
  Outputs: z.record(z.string(), z.unknown()).default({}),
});
/** A template as it is written, with its intrinsic functions as objects: `!Ref A` is `{Ref: 'A'}`. */
export type Template = z.infer<typeof Template>;

/** @see https://yaml.org/type/merge.html */
const MERGE_KEY = '<<';
const INFRA = join(PROJECT_ROOT, 'infra');
const readFile = (name: string): Template => parseTemplate(readFileSync(join(INFRA, name), 'utf8'));

/** Reads the template that is deployed, with its nested stacks as part of it. @throws TemplateError when it is no template. */
export const readTemplate = (): Template => withNestedStacks(readFile('template.yaml'), readFile);

/** Parses a template's YAML with CloudFormation's tags, merges what it merges, and runs its loops. @throws TemplateError when it is no template. */
export function parseTemplate(yaml: string): Template {
  const result = read(Template, withLoopsRun(merged(yamlParse(yaml))));
  if (result.success) return result.data;
  throw new TemplateError(`The template is malformed:\n${z.prettifyError(result.error)}`);
}

/** The value with its merge keys (`<<`) merged: a map's own values win over those that it takes in, and of these the first ones. */
function merged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(merged);
  if (typeof value !== 'object' || value === null) return value;
  const { [MERGE_KEY]: taken = [], ...own } = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, merged(member)]),
  );
  return Object.assign({}, ...[taken].flat().toReversed(), own);
}

/** What Globals.Function adds to a function's own properties: SAM merges maps and lets the function's values win. */
export function withGlobals(
  globals: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...globals };
  for (const [name, value] of Object.entries(own)) {
    const inherited = merged[name];
    merged[name] = isMap(inherited) && isMap(value) ? withGlobals(inherited, value) : value;
  }
  return merged;
}

/** An intrinsic function is a value, although it is written as a map. */
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !Object.keys(value).some((name) => name === 'Ref' || name.startsWith('Fn::'));
