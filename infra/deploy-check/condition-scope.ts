import { NO_VALUE, resolveCondition, type Scope } from '../local/template/intrinsics.ts';
import { PSEUDO_PARAMETERS } from '../local/template/local-names.ts';
import type { ParameterValue } from '../local/template/parameters.ts';
import type { Template } from '../local/template/template.ts';
import { TemplateError } from '../local/template/template-error.ts';

/** What conditions and rules can refer to: parameters and other conditions. */
export class ConditionScope implements Scope {
  readonly #conditions: Template['Conditions'];
  readonly #parameters: ReadonlyMap<string, ParameterValue>;
  readonly #known = new Map<string, boolean>();

  constructor({ Conditions }: Pick<Template, 'Conditions'>, parameters: ReadonlyMap<string, ParameterValue>) {
    this.#conditions = Conditions;
    this.#parameters = parameters;
  }

  /** @throws TemplateError for what is no parameter. */
  ref(name: string): unknown {
    if (name === 'AWS::NoValue') return NO_VALUE;
    const value = this.#parameters.get(name) ?? PSEUDO_PARAMETERS.get(name);
    if (value === undefined) throw new TemplateError(`The template has no parameter ${name}`);
    return value;
  }

  /** @throws TemplateError always: conditions are decided before any resource is there. */
  getAtt(logicalId: string): unknown {
    throw new TemplateError(`A condition refers to the resource ${logicalId}`);
  }

  /** @throws TemplateError for a condition that is not there. */
  condition(name: string): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const condition = this.#conditions[name];
    if (condition === undefined) throw new TemplateError(`The template has no condition ${name}`);
    const holds = resolveCondition(condition, this);
    this.#known.set(name, holds);
    return holds;
  }
}
