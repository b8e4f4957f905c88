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
  for (const name of Object.keys(given)) {
    if (template.Parameters[name] === undefined) {
      throw new TemplateError(
        `The template has no parameter ${name}`,
        `It has ${Object.keys(template.Parameters).join(', ')}.`,
      );
    }
  }
  return new Map(
    Object.entries(template.Parameters).map(([name, parameter]) => [
      name,
      parameterValue(name, parameter, given[name]),
    ]),
  );
}

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

function requireAllowed(name: string, { AllowedValues, AllowedPattern }: Parameter, value: string): void {
  if (AllowedValues !== undefined && !AllowedValues.map(String).includes(value))
    throw refusal(name, `must be one of ${AllowedValues.join(', ')}`);
  if (AllowedPattern !== undefined && !new RegExp(AllowedPattern).test(value))
    throw refusal(name, `must match ${AllowedPattern}`);
}

function numberIn(name: string, { MinValue, MaxValue }: Parameter, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw refusal(name, 'must be a number');
  if (value < (MinValue ?? -Infinity)) throw refusal(name, `must be ${MinValue} or more`);
  if (value > (MaxValue ?? Infinity)) throw refusal(name, `must be ${MaxValue} or less`);
  return value;
}

const refusal = (name: string, what: string): TemplateError =>
  new TemplateError(`Parameter ${name} ${what}`, 'Give it as --parameter Name=Value.');
