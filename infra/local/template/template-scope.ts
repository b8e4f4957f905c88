import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import { LIVE_ALIAS } from '../../../pipelines/status/consumer-mappings.ts';
import { NO_VALUE, resolve, resolveCondition, type Scope } from './intrinsics.ts';
import { type LocalResource, localResource, namePropertyOf, PSEUDO_PARAMETERS } from './local-names.ts';
import type { ParameterValue } from './parameters.ts';
import type { Resource, Template } from './template.ts';
import { TemplateError } from './template-error.ts';

/** SAM's reference to the alias that it makes for a function, whose value is the alias's ARN. */
const ALIAS = /^(\w+)\.Alias$/;
const aliasArn = ({ attributes }: LocalResource): string => `${attributes['Arn'] ?? ''}:${LIVE_ALIAS}`;

/** Gives every reference in a template its value on this machine. */
export class TemplateScope implements Scope {
  readonly #template: Template;
  readonly #parameters: ReadonlyMap<string, ParameterValue>;
  readonly #queueUrlBase: string;

  constructor(template: Template, parameters: ReadonlyMap<string, ParameterValue>, queueUrlBase: string) {
    this.#template = template;
    this.#parameters = parameters;
    this.#queueUrlBase = queueUrlBase;
  }

  ref(name: string): unknown {
    if (name === 'AWS::NoValue') return NO_VALUE;
    const [, aliased] = ALIAS.exec(name) ?? [];
    if (aliased !== undefined) return aliasArn(this.local(aliased));
    return this.#parameters.get(name) ?? PSEUDO_PARAMETERS.get(name) ?? this.local(name).ref;
  }

  getAtt(logicalId: string, attribute: string): unknown {
    const value = this.local(logicalId).attributes[attribute];
    if (value === undefined)
      throw new TemplateError(`${logicalId}.${attribute} has no value on this machine`);
    return value;
  }

  condition(name: string): boolean {
    const condition = this.#template.Conditions[name];
    if (condition === undefined) throw new TemplateError(`The template has no condition ${name}`);
    return resolveCondition(condition, this);
  }

  /** The resources whose condition holds, in the template's order. */
  present(): readonly (readonly [logicalId: string, Resource])[] {
    return Object.entries(this.#template.Resources).filter(
      ([, { Condition }]) => Condition === undefined || this.condition(Condition),
    );
  }

  local(logicalId: string): LocalResource {
    const resource = this.#template.Resources[logicalId];
    if (resource === undefined) throw new TemplateError(`The template has no resource ${logicalId}`);
    if (resource.Condition !== undefined && !this.condition(resource.Condition))
      throw new TemplateError(
        `${logicalId} is referred to, but its condition ${resource.Condition} does not hold`,
      );
    const nameProperty = namePropertyOf(resource.Type);
    const given = nameProperty === undefined ? undefined : resource.Properties[nameProperty];
    const name = parse(z.string().optional(), resolve(given, this));
    return localResource(logicalId, resource, name, this.#queueUrlBase);
  }
}
