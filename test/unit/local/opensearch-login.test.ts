import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { functionEnvironment } from '../../../infra/local/lambda/function-environment.ts';
import { LocalPartError } from '../../../infra/local/machine/local-part.ts';
import { openSearchLogin } from '../../../infra/local/parts/opensearch-login.ts';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';

const LOGIN = { username: 'ada', password: 'secret' };
const given = (url: string, username: string, password: string): void => {
  vi.stubEnv('OPENSEARCH_URL', url);
  vi.stubEnv('OPENSEARCH_USERNAME', username);
  vi.stubEnv('OPENSEARCH_PASSWORD', password);
};
beforeEach(() => given('http://127.0.0.1:9200', LOGIN.username, LOGIN.password));
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the login for another OpenSearch', () => {
  it('is what the environment has', () => {
    expect(openSearchLogin()).toEqual(LOGIN);
  });

  it.each([
    ['without a user and password', 'http://127.0.0.1:9200', '', ''],
    ['for the node that is started here', '', 'ada', 'secret'],
  ])('is none %s', (_, url, username, password) => {
    given(url, username, password);
    expect(openSearchLogin()).toBeUndefined();
  });

  it('is refused in half, without being repeated', () => {
    given('http://127.0.0.1:9200', '', 'secret');
    expect(openSearchLogin).toThrow(LocalPartError);
    expect(openSearchLogin).not.toThrow('secret');
  });
});

describe('the environment of a function', () => {
  const endpoints = { dynamoDb: '', messaging: '', openSearch: '', mail: '', api: '', awsApis: '' };
  const { functions } = localPlan(readTemplate(), { ...PLAN_PARAMETERS, OpenSearchAuth: 'none' }, '');
  const environmentOf = (logicalId: string): Record<string, string> => {
    const definition = functions.find((one) => one.logicalId === logicalId);
    return definition === undefined ? {} : functionEnvironment(definition, endpoints, new Map());
  };

  it('has the login where the function talks to OpenSearch', () => {
    expect(environmentOf('SearchFunction')).toMatchObject({
      OPENSEARCH_AUTH: 'basic',
      OPENSEARCH_USERNAME: 'ada',
      OPENSEARCH_PASSWORD: 'secret',
    });
  });

  it('has none where it does not', () => {
    const environment = environmentOf('UsersFunction');
    expect(environment['TABLE_NAME']).toBeDefined();
    expect(environment).not.toHaveProperty('OPENSEARCH_PASSWORD');
  });
});
