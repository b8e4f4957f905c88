import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  environmentsIn,
  parametersOf,
  readEnvironment,
  requireParameters,
} from '../../../infra/deploy/environment.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';

const text = readFileSync(join(PROJECT_ROOT, 'infra/samconfig.toml'), 'utf8');
const environments = [...environmentsIn(text).values()];

describe('the environments', () => {
  it('are dev, staging and prod', () => {
    expect(environments.map(({ name }) => name)).toEqual(['dev', 'staging', 'prod']);
  });

  it.each(environments)('$name has parameters that the template takes together', ({ parameters }) => {
    const given = { ...PLAN_PARAMETERS, ...parameters };
    expect(() => localPlan(readTemplate(), given, 'http://127.0.0.1:4566')).not.toThrow();
    expect(Object.keys(parameters).filter((name) => !(name in readTemplate().Parameters))).toEqual([]);
  });

  it('have stacks of their own', () => {
    expect(new Set(environments.map(({ stackName }) => stackName)).size).toBe(environments.length);
  });

  it.each(environments)('$name lets SAM run loops, and make roles and nested stacks', ({ name }) => {
    const section = text.slice(text.indexOf(`[${name}.global.parameters]`));
    expect(section).toMatch(/^language_extensions = true$/m);
    expect(section).toMatch(/^capabilities = "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"$/m);
  });

  it('are deployed gradually but for dev', () => {
    expect(environments.map(({ parameters }) => parameters['DeploymentType'] === 'AllAtOnce')).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('of another name are an error that names these', () => {
    expect(() => readEnvironment('test')).toThrow(/no environment test; there are dev, staging, prod/);
  });
});

describe('parameters of the command line', () => {
  it('are names and values, which may have equals signs', () => {
    expect(parametersOf(['JwtIssuer=https://issuer.example/?a=b', 'WebhookUrl='])).toEqual({
      JwtIssuer: 'https://issuer.example/?a=b',
      WebhookUrl: '',
    });
  });

  it('without a name are refused, and not repeated', () => {
    expect(() => parametersOf(['secret'])).toThrow('A parameter is not of the form Name=value');
  });

  it('that the template does not have are refused by name, without their values', () => {
    const given = { JwtIssuer: 'https://issuer.example', OperatorRoleARN: 'secret' };
    const refused = expect.objectContaining({
      code: 'unknown-parameter',
      message: 'The template has no parameter OperatorRoleARN',
      remedy: expect.stringMatching(/^Name one of these .*OperatorRoleArn/),
    });
    expect(() => requireParameters(given, readTemplate())).toThrow(refused);
    expect(() => requireParameters({ JwtIssuer: 'x' }, readTemplate())).not.toThrow();
  });
});
