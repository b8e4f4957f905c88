import { type ParameterValue, parameterValues } from '../local/template/parameters.ts';
import { referredNames, visit } from '../local/template/references.ts';
import { checkRules } from '../local/template/rules.ts';
import type { Parameter, Template } from '../local/template/template.ts';
import { TemplateError } from '../local/template/template-error.ts';
import { ConditionScope } from './condition-scope.ts';
import { DeployCheckError } from './deploy-check-error.ts';

/** Far more than a template of this size has; beyond it a condition should go, not the check. */
const SETS_MAX = 200_000;
/** A parameter that rules read and no condition does decides only whether a set is allowed: its default and another value. */
const CHOICES_BESIDE_CONDITIONS = 2;

/** Values that the patterns of this project's parameters let through, tried in turn. */
const SAMPLES = [
  'https://example.org/path',
  'someone@example.org',
  'arn:aws:es:eu-central-1:123456789012:domain/example',
  'arn:aws:sqs:eu-central-1:123456789012:example',
  'arn:aws:sns:eu-central-1:123456789012:example',
  'arn:aws:iam::123456789012:role/example',
  'subnet-0123456789abcdef0',
  'sg-0123456789abcdef0',
  'rate(1 hour)',
  'm7g.medium.search',
  'example',
];

/** The values of a template's parameters in one deployment, as one gives them: text. */
export type ParameterSet = Readonly<Record<string, string>>;

/** One way to deploy the template. */
export interface Deployment {
  /** The values that were given, of the deciding parameters and those without default. */
  readonly set: ParameterSet;
  /** The values of all parameters. */
  readonly values: ReadonlyMap<string, ParameterValue>;
}

/** Names of the parameters that conditions or rules read, in the template's order. */
export function decidingParameters({
  Parameters,
  Conditions,
  Rules,
}: Pick<Template, 'Parameters' | 'Conditions' | 'Rules'>): readonly string[] {
  const referred = referredNames([Conditions, Rules]);
  return Object.keys(Parameters).filter((name) => referred.has(name));
}

/**
 * Every deployment that conditions can distinguish: the cross product of the values of the parameters that conditions or rules read,
 * without those that break a rule. A parameter with allowed values has each of them. Another has its default, what conditions
 * and rules compare it with, its bounds, and, if there is none else, a sample. `required` gives the parameters without default.
 *
 * @param names The parameters to vary; all others have their defaults.
 * @throws DeployCheckError `too-many-sets` or `no-sample`.
 */
export function parameterSets(
  template: Template,
  required: ParameterSet,
  names: readonly string[] = decidingParameters(template),
): readonly Deployment[] {
  const byDefault = { set: required, values: parameterValues(template, required) };
  const inConditions = referredNames(template.Conditions);
  let deployments: readonly Deployment[] = [byDefault];
  for (const name of names) {
    const all = [...choicesOf(template, name, byDefault)];
    const choices = inConditions.has(name) ? all : all.slice(0, CHOICES_BESIDE_CONDITIONS);
    if (deployments.length * choices.length > SETS_MAX)
      throw new DeployCheckError(
        'too-many-sets',
        `The parameters ${names.join(', ')} have more than ${SETS_MAX} sets of values`,
      );
    deployments = deployments.flatMap(({ set, values }) =>
      choices.map(([text, value]) => ({
        set: { ...set, [name]: text },
        values: new Map(values).set(name, value),
      })),
    );
  }
  return withoutBrokenRules(template, deployments);
}

/**
 * The parameters that decide what a part with these conditions and references is: those that it and its conditions read, and those that
 * a rule holds together with them.
 */
export function parametersBehind(
  template: Pick<Template, 'Parameters' | 'Conditions' | 'Rules'>,
  value: unknown,
  conditions: Iterable<string>,
): readonly string[] {
  const { Parameters, Conditions, Rules } = template;
  const names = new Set(referredNames(value));
  const asked = new Set(conditions);
  for (const condition of asked) {
    for (const name of referredNames(Conditions[condition])) names.add(name);
    for (const other of askedConditions(Conditions[condition])) asked.add(other);
  }
  const rules = Object.values(Rules).map((rule) => referredNames(rule));
  let size = 0;
  while (size < names.size) {
    size = names.size;
    for (const rule of rules)
      if ([...rule].some((name) => names.has(name))) for (const name of rule) names.add(name);
  }
  const deciding = new Set(decidingParameters(template));
  return Object.keys(Parameters).filter((name) => names.has(name) && deciding.has(name));
}

/** Another value than in `set` of each parameter, one that the template takes. @throws DeployCheckError `no-sample`. */
export function parameterChanges(
  template: Template,
  set: ParameterSet,
): readonly { readonly parameter: string; readonly value: string }[] {
  const before = { set, values: parameterValues(template, set) };
  return Object.keys(template.Parameters).flatMap((parameter) => {
    const [, value] = choicesOf(template, parameter, before).keys();
    return value === undefined ? [] : [{ parameter, value }];
  });
}

/** Rules read parameters only, so that few of the deployments differ to them. */
function withoutBrokenRules(template: Template, deployments: readonly Deployment[]): readonly Deployment[] {
  const read = [...referredNames(template.Rules)];
  const verdicts = new Map<string, boolean>();
  return deployments.filter(({ set, values }) => {
    const key = JSON.stringify(read.map((name) => set[name]));
    const verdict =
      verdicts.get(key) ??
      orUndefined(() => {
        checkRules(template, new ConditionScope(template, values));
        return true;
      }) ??
      false;
    verdicts.set(key, verdict);
    return verdict;
  });
}

/** Names of the conditions that are asked anywhere in `value`, by Fn::If or by Condition. */
export function askedConditions(value: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  visit(value, (key, argument) => {
    if (key === 'Fn::If' && Array.isArray(argument)) names.add(String(argument[0]));
    if (key === 'Condition' && typeof argument === 'string') names.add(argument);
  });
  return names;
}

/** The values that a parameter is tried with, as text and as expressions see them. */
function choicesOf(
  template: Template,
  name: string,
  { set, values }: Deployment,
): ReadonlyMap<string, ParameterValue> {
  const parameter = template.Parameters[name];
  const byDefault = values.get(name);
  if (parameter === undefined || byDefault === undefined) return new Map();
  const choices = new Map([[set[name] ?? String(parameter.Default), byDefault]]);
  const add = (text: string): void => {
    const value = orUndefined(() => parameterValues(template, { ...set, [name]: text }).get(name));
    if (value !== undefined && !choices.has(text)) choices.set(text, value);
  };
  const { AllowedValues } = parameter;
  const texts = AllowedValues?.map(String) ?? [...comparedWith(template, name), ...boundsOf(parameter)];
  for (const text of texts) add(text);
  for (const text of SAMPLES) if (choices.size < 2) add(text);
  if (choices.size < 2)
    throw new DeployCheckError(
      'no-sample',
      `Nothing is known that the parameter ${name} takes besides its default`,
    );
  return choices;
}

const boundsOf = ({ MinValue, MaxValue }: Parameter): readonly string[] =>
  [MinValue, MaxValue].filter((bound) => bound !== undefined).map(String);

/** Literals that stand beside the parameter in an Fn::Equals. */
function comparedWith({ Conditions, Rules }: Template, name: string): readonly string[] {
  const literals: string[] = [];
  visit([Conditions, Rules], (key, argument) => {
    if (key !== 'Fn::Equals' || !Array.isArray(argument) || !referredNames(argument).has(name)) return;
    for (const side of argument)
      if (typeof side === 'string' || typeof side === 'number') literals.push(String(side));
  });
  return literals;
}

/** What the template takes; undefined for what it refuses. */
function orUndefined<Value>(run: () => Value): Value | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}
