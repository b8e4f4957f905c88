import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import * as z from 'zod';
import { parse, read } from '../../contracts/reading.ts';
import { OrderStreamError } from '../../pipelines/errors.ts';
import { PROJECT_ROOT } from '../local/machine/project-root.ts';
import { unknownParameters } from '../local/template/parameters.ts';
import type { Template } from '../local/template/template.ts';

/** No environment of this name is in infra/samconfig.toml. */
export class UnknownEnvironmentError extends OrderStreamError {
  readonly code = 'unknown-environment';
  readonly remedy = 'Name one of them with --env, or add one to infra/samconfig.toml.';
}

/** A parameter of the command line is no `Name=value`. */
export class ParameterFormError extends OrderStreamError {
  readonly code = 'parameter-form';
  readonly remedy = 'Write --parameter Name=value, with a parameter of infra/template.yaml.';
}

/** The template has no parameter of a given name. */
export class UnknownParameterError extends OrderStreamError {
  readonly code = 'unknown-parameter';
  readonly remedy: string;

  constructor(unknown: readonly string[], known: readonly string[]) {
    super(`The template has no parameter ${unknown.join(', ')}`);
    this.remedy = `Name one of these with --parameter: ${known.join(', ')}.`;
  }
}

/** Where a stack is deployed: its name, and the parameters that it always has. */
export interface Environment {
  readonly name: string;
  readonly stackName: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const Configuration = z.record(z.string(), z.unknown());
const Section = z.object({
  global: z.object({ parameters: z.looseObject({ stack_name: z.string() }) }),
  deploy: z.object({ parameters: z.looseObject({ parameter_overrides: z.array(z.string()) }) }),
});
const PARAMETER = /^(\w+)=(.*)$/s;

/** The environments of a text as infra/samconfig.toml is, by name. Sections without a stack's name are none. */
export function environmentsIn(toml: string): ReadonlyMap<string, Environment> {
  const sections = Object.entries(parse(Configuration, parseToml(toml)));
  return new Map(
    sections.flatMap(([name, section]): [string, Environment][] => {
      const { data } = read(Section, section);
      if (data === undefined) return [];
      const { stack_name: stackName } = data.global.parameters;
      return [
        [name, { name, stackName, parameters: parametersOf(data.deploy.parameters.parameter_overrides) }],
      ];
    }),
  );
}

/** Reads an environment of infra/samconfig.toml. @throws UnknownEnvironmentError with the names that there are. */
export function readEnvironment(name: string): Environment {
  const all = environmentsIn(readFileSync(join(PROJECT_ROOT, 'infra/samconfig.toml'), 'utf8'));
  const environment = all.get(name);
  if (environment !== undefined) return environment;
  throw new UnknownEnvironmentError(
    `There is no environment ${name}; there are ${[...all.keys()].join(', ')}`,
  );
}

/** Parameters by name, from texts as `Name=value`. The last of a name holds. @throws ParameterFormError */
export function parametersOf(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = PARAMETER.exec(text) ?? [];
      // The text may hold a secret of another parameter, so that it is not repeated.
      if (name === undefined || value === undefined)
        throw new ParameterFormError('A parameter is not of the form Name=value');
      return [name, value];
    }),
  );
}

/** Refuses parameters that the template does not have: SAM leaves them out without a word. @throws UnknownParameterError */
export function requireParameters(
  given: Readonly<Record<string, string>>,
  template: Pick<Template, 'Parameters'>,
): void {
  const unknown = unknownParameters(template, given);
  if (unknown.length > 0) throw new UnknownParameterError(unknown, Object.keys(template.Parameters));
}
