import type { Parameter, Template } from './template.ts';
import { TemplateError } from './template-error.ts';

export type ParameterValue = string | number | readonly string[];

/**
 * The parameters' values: what is given, else the defaults, checked as CloudFormation checks them.
 *
 * @throws TemplateError naming the parameter that is unknown, missing or out of its bounds.
 */
export function parameterValues(
  template: Template,
  given: Readonly<Record<string, string>>,
): ReadonlyMap<string, ParameterValue> {
  const [unknown] = unknownParameters(template, given);
  if (unknown !== undefined) {
    throw new TemplateError(
      `The template has no parameter ${unknown}`,
      `It has ${Object.keys(template.Parameters).join(', ')}.`,
    );
  }
  return new Map(
    Object.entries(template.Parameters).map(([name, parameter]) => [
      name,
      parameterValue(name, parameter, given[name]),
    ]),
  );
}

/** The given names that no parameter of the template has. */
export const unknownParameters = (
  { Parameters }: Pick<Template, 'Parameters'>,
  given: Readonly<Record<string, string>>,
): readonly string[] => Object.keys(given).filter((name) => !Object.hasOwn(Parameters, name));

function parameterValue(name: string, parameter: Parameter, given: string | undefined): ParameterValue {
  const text = given ?? parameter.Default;
  if (text === undefined) throw refusal(name, 'has no value and no default');
  if (parameter.Type === 'CommaDelimitedList') {
    const list = String(text)
      .split(',')
      .map((one) => one.trim());
    for (const one of list) requireAllowed(name, parameter, one);
    return list;
  }
  const value = parameter.Type === 'Number' ? numberIn(name, parameter, String(text)) : String(text);
  requireAllowed(name, parameter, String(value));
  return value;
}

function requireAllowed(name: string, parameter: Parameter, value: string): void {
  const { AllowedValues, AllowedPattern, MinLength = 0, MaxLength = Infinity } = parameter;
  if (AllowedValues !== undefined && !AllowedValues.map(String).includes(value))
    throw refusal(name, `must be one of ${AllowedValues.join(', ')}`, parameter);
  if (AllowedPattern !== undefined && !new RegExp(AllowedPattern).test(value))
    throw refusal(name, `must match ${AllowedPattern}`, parameter);
  if (value.length < MinLength) throw refusal(name, `must have ${MinLength} or more characters`, parameter);
  if (value.length > MaxLength) throw refusal(name, `must have ${MaxLength} or fewer characters`, parameter);
}

function numberIn(name: string, parameter: Parameter, text: string): number {
  const { MinValue = -Infinity, MaxValue = Infinity } = parameter;
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw refusal(name, 'must be a number', parameter);
  if (value < MinValue) throw refusal(name, `must be ${MinValue} or more`, parameter);
  if (value > MaxValue) throw refusal(name, `must be ${MaxValue} or less`, parameter);
  return value;
}

/** With the template's own reason, where it has one. */
function refusal(
  name: string,
  what: string,
  { ConstraintDescription }: Partial<Parameter> = {},
): TemplateError {
  const reason = ConstraintDescription === undefined ? '' : `: it ${ConstraintDescription}`;
  return new TemplateError(`Parameter ${name} ${what}${reason}`, 'Give it as --parameter Name=Value.');
}
