import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { functionEnvironment } from '../../../infra/local/lambda/function-environment.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { secretValues } from '../../../infra/local/system/secret-values.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:page-tokens';
const SECRETS = [{ logicalId: 'PageTokenSecret', arn: ARN, length: 64 }];

function dataFolder(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'secret-values-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  return dataDir;
}

describe('a secret of the local system', () => {
  it('is as long as the template has it, and another for each system', () => {
    const values = [secretValues(SECRETS, undefined).get(ARN), secretValues(SECRETS, undefined).get(ARN)];
    expect(values).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
    expect(values[0]).not.toBe(values[1]);
  });

  it('is the same each time the system starts from its data folder', () => {
    const dataDir = dataFolder();
    expect(secretValues(SECRETS, dataDir)).toEqual(secretValues(SECRETS, dataDir));
  });

  it('is kept for its owner alone', () => {
    const dataDir = dataFolder();
    secretValues(SECRETS, dataDir);
    expect(statSync(join(dataDir, 'secrets', 'PageTokenSecret')).mode & 0o777).toBe(0o600);
  });
});

describe('the environment of a function', () => {
  const endpoints = { dynamoDb: '', messaging: '', openSearch: '', mail: '', api: '', awsApis: '' };
  const [definition] = localPlan(readTemplate(), PLAN_PARAMETERS, '').functions;
  const environmentOf = (environment: Record<string, string>) =>
    definition && functionEnvironment({ ...definition, environment }, endpoints, new Map([[ARN, 'value']]));

  it("has the secret in place of the secret's ARN", () => {
    const environment = environmentOf({ PAGE_TOKEN_SECRET_ARN: ARN, TABLE_NAME: 'table' });
    expect(environment).toMatchObject({ PAGE_TOKEN_KEY: 'value', TABLE_NAME: 'table' });
    expect(environment).not.toHaveProperty('PAGE_TOKEN_SECRET_ARN');
  });

  it('has the key of the e-mail hash in the same way', () => {
    expect(environmentOf({ EMAIL_HASH_SECRET_ARN: ARN })).toMatchObject({ EMAIL_HASH_KEY: 'value' });
  });

  it('has no secret that the function does not name', () => {
    expect(environmentOf({ TABLE_NAME: 'table' })).not.toHaveProperty('PAGE_TOKEN_KEY');
  });
});
