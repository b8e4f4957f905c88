import * as z from 'zod';
import { parse, read } from '../../../contracts/reading.ts';
import { referredNames } from './references.ts';
import { type Resource, type Template, withGlobals } from './template.ts';
import { TemplateError } from './template-error.ts';

const NESTED_STACK = 'AWS::Serverless::Application';
const FUNCTION = 'AWS::Serverless::Function';
const FOR_EACH = /^Fn::ForEach::\w+$/;

const NestedStack = z.object({
  Location: z.string(),
  Parameters: z.record(z.string(), z.unknown()).default({}),
});
const Loop = z.tuple([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())]);
/** A name that a loop spells: `Ref: !Sub '${Name}Function'`. */
const SpelledRef = z.strictObject({ Ref: z.strictObject({ 'Fn::Sub': z.string() }) });
const Choice = z.strictObject({ 'Fn::If': z.tuple([z.string(), z.unknown(), z.unknown()]) });

/** What of a nested stack's output a template asks for: `Outputs.DashboardName`. */
const OUTPUT = /^Outputs\.(\w+)$/;

type Values = Readonly<Record<string, unknown>>;

/** DependsOn of a resource: a logical id, or a list of them. */
const Dependencies = z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]);

/**
 * One template in place of a template and its nested stacks, for those who look at resources and not at stacks: a parameter of a nested stack
 * becomes the value that the template passes, and an output what it stands for. Logical ids stay as they are. Globals, which a nested stack does
 * not inherit, become properties of each function. A stack stands behind those whose outputs it takes.
 *
 * @param readNested The template at a Location, with its loops run.
 * @throws TemplateError where a stack passes other parameters than the nested one has, or both use a name for different things.
 */
export function withNestedStacks(template: Template, readNested: (location: string) => Template): Template {
  const stacks = Object.entries(template.Resources).filter(([, { Type }]) => Type === NESTED_STACK);
  return stacks.reduce(
    (whole, [logicalId]) => withNestedStack(whole, logicalId, readNested),
    withoutGlobals(template),
  );
}

/** The template with the properties of Globals in each function. */
function withoutGlobals(template: Template): Template {
  const { Function: inherited } = template.Globals;
  const resources = Object.entries(template.Resources).map(([logicalId, resource]): [string, Resource] =>
    resource.Type === FUNCTION
      ? [logicalId, { ...resource, Properties: withGlobals(inherited, resource.Properties) }]
      : [logicalId, resource],
  );
  return { ...template, Globals: { Function: {} }, Resources: Object.fromEntries(resources) };
}

function withNestedStack(
  template: Template,
  logicalId: string,
  readNested: (location: string) => Template,
): Template {
  const { [logicalId]: stack, ...others } = template.Resources;
  const { data: properties } = read(NestedStack, stack?.Properties);
  if (properties === undefined) throw new TemplateError(`${logicalId} has no Location and Parameters`);
  const { Location, Parameters: passed } = properties;
  const nested = withoutGlobals(readNested(Location));
  const declared = Object.keys(nested.Parameters);
  const different = [...new Set([...declared, ...Object.keys(passed)])].filter(
    (name) => !(declared.includes(name) && Object.hasOwn(passed, name)),
  );
  if (different.length > 0)
    throw new TemplateError(`${logicalId} and ${Location} differ in the parameters ${different.join(', ')}`);
  // A stack passes a list as one text.
  const Parameters = Object.fromEntries(
    Object.entries(passed).map(([name, value]) =>
      nested.Parameters[name]?.Type === 'CommaDelimitedList'
        ? [name, { 'Fn::Split': [',', value] }]
        : [name, value],
    ),
  );
  const after = [...referredNames(Parameters)].filter((name) => Object.hasOwn(template.Resources, name));
  const resources = Object.entries(nested.Resources).map(([name, resource]) => {
    const { Properties, DependsOn, ...rest } = resource;
    // The stack is made after what its parameters refer to and what it depends on, and its resources with it.
    const inlined = {
      ...rest,
      DependsOn: [...dependencies(DependsOn), ...dependencies(stack?.['DependsOn']), ...after],
      Properties: replaced(Properties, Parameters, rest.Condition),
    };
    return [name, inlined] as const;
  });
  const output: GetOutput = (name, attribute) => {
    const asked = name === logicalId ? OUTPUT.exec(attribute)?.[1] : undefined;
    if (asked === undefined) return undefined;
    const { data } = read(z.object({ Value: z.unknown() }), nested.Outputs[asked]);
    if (data === undefined) throw new TemplateError(`${Location} has no output ${asked}`);
    return replace(data.Value, Parameters);
  };
  const around = Object.entries(others).map(([name, resource]): [string, Resource] => [
    name,
    { ...resource, Properties: replaced(resource.Properties, {}, undefined, output) },
  ]);
  return {
    ...template,
    Conditions: united(template.Conditions, replacedEach(nested.Conditions, Parameters), logicalId),
    Resources: united(Object.fromEntries(around), Object.fromEntries(resources), logicalId),
    Outputs: replacedEach(template.Outputs, {}, output),
  };
}

const dependencies = (value: unknown): readonly string[] => parse(Dependencies, value);

function united<Value>(
  one: Readonly<Record<string, Value>>,
  other: Readonly<Record<string, Value>>,
  stack: string,
): Record<string, Value> {
  for (const [name, value] of Object.entries(other))
    if (Object.hasOwn(one, name) && JSON.stringify(one[name]) !== JSON.stringify(value))
      throw new TemplateError(`The template and its nested stack ${stack} use ${name} for different things`);
  return { ...one, ...other };
}

type GetOutput = (logicalId: string, attribute: string) => unknown;

const replacedEach = (values: Values, parameters: Values, output?: GetOutput): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, replaced(value, parameters, undefined, output)]),
  );

/** An expression with its parameters replaced. Under the condition of its resource, a choice by that condition is made already. */
function replaced(value: unknown, parameters: Values, condition?: string, output?: GetOutput): Values {
  return replace(value, parameters, condition, output) as Values;
}

function replace(value: unknown, parameters: Values, condition?: string, output?: GetOutput): unknown {
  if (Array.isArray(value)) return value.map((one) => replace(one, parameters, condition, output));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (only !== undefined && entries.length === 1) {
    const [name, argument] = only;
    if (name === 'Ref' && typeof argument === 'string' && Object.hasOwn(parameters, argument))
      return chosen(parameters[argument], condition);
    if (name === 'Fn::GetAtt' && Array.isArray(argument))
      return output?.(String(argument[0]), String(argument[1])) ?? value;
    if (name === 'Fn::Sub') return substituted(argument, parameters, condition, output);
  }
  return Object.fromEntries(
    entries.map(([name, member]) => [name, replace(member, parameters, condition, output)]),
  );
}

const chosen = (value: unknown, condition: string | undefined): unknown => {
  const choice = read(Choice, value).data?.['Fn::If'];
  return choice !== undefined && choice[0] === condition ? choice[1] : value;
};

function substituted(
  argument: unknown,
  parameters: Values,
  condition: string | undefined,
  output: GetOutput | undefined,
): unknown {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
  const used = Object.fromEntries(
    Object.entries(parameters).filter(([name]) => String(text).includes(`\${${name}}`)),
  );
  const own = replacedEach(variables, parameters, output);
  if (Object.keys({ ...used, ...own }).length === 0) return { 'Fn::Sub': argument };
  const passed = Object.fromEntries(
    Object.entries(used).map(([name, value]) => [name, chosen(value, condition)]),
  );
  return { 'Fn::Sub': [text, { ...passed, ...own }] };
}

/**
 * Runs the loops of AWS::LanguageExtensions in a template's sections.
 *
 * @throws TemplateError for a loop that is not a name, a list and a map.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
 */
export function withLoopsRun(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLoopsRun);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): (readonly [string, unknown])[] => {
      if (!FOR_EACH.test(name)) return [[name, withLoopsRun(member)]];
      const loop = read(Loop, member);
      if (!loop.success) throw new TemplateError(`${name} is not a name, a list and a map`);
      const [variable, items, body] = loop.data;
      return items.flatMap((item) =>
        Object.entries(withLoopsRun(named(body, `\${${variable}}`, item)) as Values),
      );
    }),
  );
}

function named(value: unknown, variable: string, item: string): unknown {
  if (typeof value === 'string') return value.replaceAll(variable, item);
  if (Array.isArray(value)) return value.map((one) => named(one, variable, item));
  if (typeof value !== 'object' || value === null) return value;
  const spelled = read(SpelledRef, value).data;
  if (spelled !== undefined) return { Ref: named(spelled.Ref['Fn::Sub'], variable, item) };
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replaceAll(variable, item),
      named(member, variable, item),
    ]),
  );
}
