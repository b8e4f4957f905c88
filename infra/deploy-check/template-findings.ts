import { resolve, type Scope } from '../local/template/intrinsics.ts';
import { PSEUDO_PARAMETERS } from '../local/template/local-names.ts';
import { referredNames } from '../local/template/references.ts';
import type { Template } from '../local/template/template.ts';
import { ConditionScope } from './condition-scope.ts';
import {
  askedConditions,
  type Deployment,
  decidingParameters,
  type ParameterSet,
  parameterSets,
  parametersBehind,
} from './parameter-sets.ts';
import type { TranslatedTemplate } from './translate.ts';

/** A fault of the template, with the smallest description of the deployments that have it. */
export interface TemplateFinding {
  /** Logical id of the resource, or `Outputs.Name`. */
  readonly where: string;
  readonly what: string;
  /** Values, of the parameters that matter there, of the first deployment that has it. */
  readonly parameters: ParameterSet;
}

/** What one part of a template depends on. */
interface Part {
  readonly where: string;
  readonly condition: string | undefined;
  readonly value: unknown;
}

/**
 * Evaluates every resource and output in every deployment that conditions can distinguish, and finds references to what is not
 * there, and policies that IAM and the services refuse. Deployments in which a resource is the same are looked at once.
 *
 * @throws TemplateError for an intrinsic function that nothing here knows.
 */
export function templateFindings(
  template: Template,
  translated: TranslatedTemplate,
  deployments: readonly Deployment[],
): readonly TemplateFinding[] {
  const evaluated = deployments.map(({ set, values }) => ({
    set,
    scope: new DeploymentScope(translated, new ConditionScope(template, values)),
  }));
  const varied = Object.keys(deployments[0]?.set ?? {});
  const findings: TemplateFinding[] = [];
  for (const part of partsOf(translated)) {
    const conditions = [...conditionsOf(part, translated)];
    const parameters = varied.filter((name) => referredNames(part.value).has(name));
    const seen = new Set<string>();
    const found = new Set<string>();
    for (const { set, scope } of evaluated) {
      const key = JSON.stringify([
        conditions.map((name) => scope.condition(name)),
        parameters.map((name) => set[name]),
      ]);
      if (seen.has(key)) continue;
      seen.add(key);
      for (const what of scope.findingsOf(part)) {
        if (found.has(what)) continue;
        found.add(what);
        findings.push({ where: part.where, what, parameters: differences(template, set) });
      }
    }
  }
  return findings;
}

/**
 * Every deployment that some resource or output can distinguish: for each of them the cross product of the values of the parameters behind it,
 * with the defaults of all others. Of all parameters together there would be millions.
 *
 * @throws DeployCheckError `too-many-sets` or `no-sample`.
 */
export function distinguishedDeployments(
  template: Template,
  translated: TranslatedTemplate,
  required: ParameterSet,
): readonly Deployment[] {
  const defaults = Object.fromEntries(
    decidingParameters(template).map((name) => [name, String(template.Parameters[name]?.Default ?? '')]),
  );
  const groups = new Map(
    partsOf(translated).map((part) => {
      const names = parametersBehind(template, part.value, conditionsOf(part, translated));
      return [names.join(), names] as const;
    }),
  );
  const found = new Map<string, Deployment>();
  for (const names of groups.values())
    for (const { set, values } of parameterSets(template, required, names)) {
      const complete = { ...defaults, ...set };
      found.set(JSON.stringify(complete), { set: complete, values });
    }
  return [...found.values()];
}

function partsOf({ Resources, Outputs }: TranslatedTemplate): readonly Part[] {
  return [
    ...Object.entries(Resources).map(([where, { Condition, Type: _, Metadata: __, ...value }]) => ({
      where,
      condition: Condition,
      value,
    })),
    ...Object.entries(Outputs).map(([name, { Condition, ...value }]) => ({
      where: `Outputs.${name}`,
      condition: Condition,
      value,
    })),
  ];
}

/** The conditions that decide what the part is: its own, those it asks, and those of the resources that it refers to. */
function* conditionsOf({ condition, value }: Part, { Resources }: TranslatedTemplate): Iterable<string> {
  if (condition !== undefined) yield condition;
  yield* askedConditions(value);
  for (const name of referredNames(value)) {
    const other = Resources[name]?.Condition;
    if (other !== undefined) yield other;
  }
}

/** The parameters that differ from their defaults; one without a default differs from none. */
const differences = ({ Parameters }: Template, set: ParameterSet): ParameterSet =>
  Object.fromEntries(
    Object.entries(set).filter(([name, value]) => String(Parameters[name]?.Default ?? value) !== value),
  );

/** A deployment: each reference to a resource is a placeholder, and one to a resource that is not there a finding. */
export class DeploymentScope implements Scope {
  readonly #translated: TranslatedTemplate;
  readonly #conditions: ConditionScope;
  #findings: string[] = [];

  constructor(translated: TranslatedTemplate, conditions: ConditionScope) {
    this.#translated = translated;
    this.#conditions = conditions;
  }

  condition(name: string): boolean {
    return this.#conditions.condition(name);
  }

  ref(name: string): unknown {
    if (Object.hasOwn(this.#translated.Resources, name)) return this.#placeholder(name, 'Ref');
    if (
      name !== 'AWS::NoValue' &&
      !PSEUDO_PARAMETERS.has(name) &&
      !Object.hasOwn(this.#translated.Parameters, name)
    ) {
      this.#findings.push(`refers to ${name}, which is neither a parameter nor a resource`);
      return name;
    }
    return this.#conditions.ref(name);
  }

  getAtt(logicalId: string, attribute: string): unknown {
    return this.#placeholder(logicalId, attribute);
  }

  /** What is wrong with a part in this deployment; nothing where it is not there. */
  findingsOf({ condition, value }: Part): readonly string[] {
    if (condition !== undefined && !this.condition(condition)) return [];
    this.#findings = [];
    const resolved = resolve(value, this);
    return [...this.#findings, ...policyFindings(resolved)];
  }

  #placeholder(logicalId: string, attribute: string): string {
    const resource = this.#translated.Resources[logicalId];
    if (resource === undefined)
      this.#findings.push(`refers to ${logicalId}, which the template does not have`);
    else if (resource.Condition !== undefined && !this.condition(resource.Condition))
      this.#findings.push(`refers to ${logicalId}, whose condition ${resource.Condition} does not hold`);
    return `arn:aws:service:eu-central-1:123456789012:${logicalId}.${attribute}`;
  }
}

/** Policy documents anywhere in a resource: any key that ends so, and the domain's. */
function* policyFindings(value: unknown, path: readonly string[] = []): Iterable<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    const at = [...path, key];
    if (/PolicyDocument$|^AccessPolicies$|^KeyPolicy$/.test(key))
      yield* documentFindings(typeof member === 'string' ? documentOf(member) : member, at.join('.'));
    else yield* policyFindings(member, at);
  }
  if ('PolicyName' in value && !('PolicyDocument' in value)) yield `${path.join('.')} has no PolicyDocument`;
}

/** A resource policy of CloudWatch Logs is a text. A reference to one that is no JSON has no Statement. */
function documentOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function* documentFindings(document: unknown, path: string): Iterable<string> {
  const statements = listOf(member(document, 'Statement'));
  if (statements.length === 0) yield `${path} has no Statement`;
  for (const [index, statement] of statements.entries())
    yield* statementFindings(statement, `${path}.Statement.${index}`);
}

function* statementFindings(statement: unknown, path: string): Iterable<string> {
  for (const key of [
    'Action',
    'NotAction',
    'Resource',
    'NotResource',
    'Principal',
    'NotPrincipal',
  ] as const) {
    const given = member(statement, key);
    if (given !== undefined && listOf(given).length === 0) yield `${path}.${key} is empty`;
  }
  if (member(statement, 'Action') === undefined && member(statement, 'NotAction') === undefined)
    yield `${path} has no Action`;
  for (const resource of listOf(member(statement, 'Resource')))
    if (resource !== '*' && !/^arn:/.test(String(resource)))
      yield `${path}.Resource is ${JSON.stringify(resource)}, which is no ARN`;
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return value.filter((element) => element !== '');
  return typeof value === 'object' && Object.keys(value).length === 0 ? [] : [value];
}

const member = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(key) : undefined;
