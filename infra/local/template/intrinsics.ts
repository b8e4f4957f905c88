import * as z from 'zod';
import { InvalidValueError, parse, read } from '../../../contracts/reading.ts';
import { TemplateError } from './template-error.ts';

/** What a template's expressions refer to. */
export interface Scope {
  ref(name: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
  condition(name: string): boolean;
}

/** What `AWS::NoValue` stands for: the property, or the list's element, is not there. */
export const NO_VALUE = Symbol('AWS::NoValue');

type Evaluate = (argument: unknown, scope: Scope) => unknown;

const Pair = z.tuple([z.unknown(), z.unknown()]);
const Branches = z.tuple([z.string(), z.unknown(), z.unknown()]);
const GetAttArgument = z.tuple([z.string(), z.string()]);
const SubArgument = z.union([
  z.string().transform((text): [string, Record<string, unknown>] => [text, {}]),
  z.tuple([z.string(), z.record(z.string(), z.unknown())]),
]);

/** CloudFormation compares and joins numbers and booleans as text. */
const Text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
// Made once: a check evaluates the template in thousands of deployments.
const Name = z.string();
const Texts = z.array(Text);
const Anything = z.array(z.unknown());
const Operands = Anything.min(1);
const Index = z.coerce.number();
const Verdict = z.boolean();
const NamedCondition = z.strictObject({ Condition: Name });

/** The intrinsic functions that the template uses. See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html. */
const FUNCTIONS: Readonly<Record<string, Evaluate>> = {
  Ref: (argument, scope) => scope.ref(parse(Name, argument)),
  'Fn::GetAtt': (argument, scope) => scope.getAtt(...parse(GetAttArgument, argument)),
  'Fn::Sub': (argument, scope) => substitute(...parse(SubArgument, argument), scope),
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = parse(Pair, argument);
    return parse(Texts, resolve(parts, scope)).join(parse(Name, separator));
  },
  'Fn::Split': (argument, scope) => {
    const [separator, source] = parse(Pair, argument);
    return parse(Text, resolve(source, scope)).split(parse(Name, separator));
  },
  'Fn::Select': (argument, scope) => {
    const [index, list] = parse(Pair, argument);
    const element = parse(Anything, resolve(list, scope))[parse(Index, index)];
    if (element === undefined) throw new TemplateError(`Fn::Select finds no element ${String(index)}`);
    return element;
  },
  'Fn::If': (argument, scope) => {
    const [condition, then, otherwise] = parse(Branches, argument);
    return resolve(scope.condition(condition) ? then : otherwise, scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = parse(Pair, argument);
    return parse(Text, resolve(left, scope)) === parse(Text, resolve(right, scope));
  },
  'Fn::Contains': (argument, scope) => {
    const [list, value] = parse(Pair, argument);
    return parse(z.array(Text), resolve(list, scope)).includes(parse(Text, resolve(value, scope)));
  },
  'Fn::Not': (argument, scope) => !booleans(argument, scope)[0],
  'Fn::And': (argument, scope) => booleans(argument, scope).every(Boolean),
  'Fn::Or': (argument, scope) => booleans(argument, scope).some(Boolean),
};

/** Evaluates every intrinsic function in `value`. @throws TemplateError for one that this module does not know. */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) {
    return value.map((element) => resolve(element, scope)).filter((element) => element !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (only !== undefined && entries.length === 1) {
    const [name, argument] = only;
    const evaluate = FUNCTIONS[name];
    if (evaluate !== undefined) return evaluated(name, () => evaluate(argument, scope));
    if (name.startsWith('Fn::'))
      throw new TemplateError(`The template uses ${name}, which runs nowhere but at AWS`);
  }
  return Object.fromEntries(
    entries
      .map(([name, member]) => [name, resolve(member, scope)] as const)
      .filter(([, member]) => member !== NO_VALUE),
  );
}

function evaluated(name: string, evaluate: () => unknown): unknown {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    throw new TemplateError(`The template has a malformed ${name}: ${error.message}`);
  }
}

/** Evaluates a condition: `{Condition: name}`, which means something else elsewhere, is another condition here. */
export function resolveCondition(value: unknown, scope: Scope): boolean {
  const named = read(NamedCondition, value);
  if (named.success) return scope.condition(named.data.Condition);
  return parse(Verdict, resolve(value, scope));
}

const booleans = (argument: unknown, scope: Scope): readonly boolean[] =>
  parse(Operands, argument).map((one) => resolveCondition(one, scope));

function substitute(text: string, variables: Readonly<Record<string, unknown>>, scope: Scope): string {
  return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (match, literal: string, name: string) => {
    if (literal !== '') return match.replace('!', '');
    if (Object.hasOwn(variables, name)) return parse(Text, resolve(variables[name], scope));
    const [logicalId = '', ...attribute] = name.trim().split('.');
    return parse(
      Text,
      attribute.length === 0 ? scope.ref(logicalId) : scope.getAtt(logicalId, attribute.join('.')),
    );
  });
}
