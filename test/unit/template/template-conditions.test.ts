import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { NO_VALUE, resolve, resolveCondition, type Scope } from '../../../infra/local/template/intrinsics.ts';
import { PSEUDO_PARAMETERS } from '../../../infra/local/template/local-names.ts';
import { type ParameterValue, parameterValues } from '../../../infra/local/template/parameters.ts';
import { checkRules } from '../../../infra/local/template/rules.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { TemplateError } from '../../../infra/local/template/template-error.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';

const template = readTemplate();
const outputs = z
  .record(z.string(), z.looseObject({ Condition: z.string().optional(), Value: z.unknown() }))
  .parse(template['Outputs']);

/** Every value of a parameter that some condition tells from another; all others keep one. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  OnFailureDestination: ['Bucket', 'Queue'],
  OpenSearchEndpoint: ['', 'https://search.example.com'],
  OpenSearchDomainArn: ['', 'arn:aws:es:eu-central-1:000000000000:domain/search'],
  SampleSubscriber: ['Enabled', 'Disabled'],
  OrderMails: ['Enabled', 'Disabled'],
  WebhookUrl: ['', 'https://shop.example/hook'],
  NotificationEmail: ['', 'desk@shop.example'],
  SubscriberQueueArn: ['', 'arn:aws:sqs:eu-central-1:000000000000:theirs'],
  AlarmTopicArn: ['', 'arn:aws:sns:eu-central-1:000000000000:alarms'],
  OperatorRoleArn: ['', 'arn:aws:iam::000000000000:role/operators'],
  ProvisionedConcurrency: ['0', '1'],
  ConsumerReservedConcurrency: ['0', '8'],
  DeploymentType: ['AllAtOnce', 'Canary10Percent5Minutes'],
  SearchInstanceCount: ['1', '2', '3', '6'],
  SearchDedicatedMasterType: ['', 'm6g.large.search'],
  SearchMasterRoleArn: ['', 'arn:aws:iam::000000000000:role/search'],
  SearchSubnetIds: ['', 'subnet-0123456789abcdef0'],
  SearchSecurityGroupId: ['', 'sg-0123456789abcdef0'],
};

/** Resolves what the template refers to, as CloudFormation does: whatever has no value is an error. */
class DeployedScope implements Scope {
  readonly #parameters: ReadonlyMap<string, ParameterValue>;

  constructor(parameters: ReadonlyMap<string, ParameterValue>) {
    this.#parameters = parameters;
  }

  ref(name: string): unknown {
    if (name === 'AWS::NoValue') return NO_VALUE;
    return (
      this.#parameters.get(name) ?? PSEUDO_PARAMETERS.get(name) ?? this.#present(name.replace(/\.Alias$/, ''))
    );
  }

  getAtt(logicalId: string, attribute: string): unknown {
    return `arn:aws:service:eu-central-1:000000000000:${this.#present(logicalId)}.${attribute}`;
  }

  condition(name: string): boolean {
    const condition = template.Conditions[name];
    if (condition === undefined) throw new TemplateError(`The template has no condition ${name}`);
    return resolveCondition(condition, this);
  }

  holds({ Condition }: { readonly Condition?: string | undefined }): boolean {
    return Condition === undefined || this.condition(Condition);
  }

  #present(logicalId: string): string {
    const resource = template.Resources[logicalId] ?? functionOfRole(logicalId);
    if (resource === undefined || !this.holds(resource))
      throw new TemplateError(`${logicalId} is referred to, and is not there`);
    return logicalId;
  }
}

/** SAM makes a role for each function that names none. */
function functionOfRole(logicalId: string) {
  const owner = template.Resources[logicalId.replace(/Role$/, '')];
  return owner?.Type === 'AWS::Serverless::Function' ? owner : undefined;
}

/** The names that `value` refers to, and those that the conditions refer to which it reads. */
function namesIn(value: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (part: unknown): void => {
    if (typeof part === 'string') {
      for (const [name] of part.matchAll(/\w+/g)) add(name);
    } else if (typeof part === 'object' && part !== null) Object.values(part).forEach(visit);
  };
  const add = (name: string): void => {
    if (names.has(name)) return;
    names.add(name);
    visit(template.Conditions[name]);
    visit((template.Resources[name] ?? functionOfRole(name))?.Condition);
  };
  visit(value);
  return names;
}

/** Each combination of the cases of `parameters` that the rules let through. */
function scopesOver(parameters: readonly string[]): readonly DeployedScope[] {
  let combinations: readonly Readonly<Record<string, string>>[] = [{}];
  for (const name of parameters) {
    const values = CASES[name] ?? [];
    combinations = combinations.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  }
  return combinations
    .map((given) => new DeployedScope(parameterValues(template, { ...PLAN_PARAMETERS, ...given })))
    .filter(isAllowed);
}

function isAllowed(scope: DeployedScope): boolean {
  try {
    checkRules(template, scope);
    return true;
  } catch (error) {
    if (error instanceof TemplateError) return false;
    throw error;
  }
}

/** The paths of the statements, actions and resources that are left with nothing in them. */
function emptyPartsOf(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => {
    const here = `${path}/${name}`;
    const isPart = ['Statement', 'Action', 'Resource', 'PolicyDocument'].includes(name);
    const isEmpty = typeof part === 'object' && part !== null && Object.keys(part).length === 0;
    return isPart && isEmpty ? [here] : emptyPartsOf(part, here);
  });
}

const parts = [
  ...Object.entries(template.Resources),
  ...Object.entries(outputs).map(([name, output]) => [`output ${name}`, output] as const),
];

describe('whatever the parameters are', () => {
  it('every parameter that a condition reads has its cases', () => {
    const read = Object.values(template.Conditions).flatMap((condition) => [...namesIn(condition)]);
    const parameters = new Set(read.filter((name) => template.Parameters[name] !== undefined));
    expect([...parameters].sort()).toEqual(Object.keys(CASES).sort());
  });

  it.each(parts)('%s refers to what is there, and has no empty policy', (_, part) => {
    const names = namesIn([part, template.Globals]);
    const scopes = scopesOver(Object.keys(CASES).filter((name) => names.has(name)));
    const present = scopes.filter((scope) => scope.holds(part));
    expect(present).not.toHaveLength(0);
    const { Metadata: _metadata, ...deployed } = part;
    expect(present.flatMap((scope) => emptyPartsOf(resolve(deployed, scope)))).toEqual([]);
  });
});
