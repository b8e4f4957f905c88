import { afterEach, expect, it, vi } from 'vitest';
import { EnvironmentError, environment } from '../../../handlers/environment.ts';

afterEach(() => vi.unstubAllEnvs());

it('gives the variables that are asked for', () => {
  vi.stubEnv('TABLE_NAME', 'table');
  vi.stubEnv('TOPIC_ARN', undefined);
  expect(environment('TABLE_NAME')).toEqual({ TABLE_NAME: 'table' });
});

it('names each variable that is missing', () => {
  vi.stubEnv('TABLE_NAME', undefined);
  vi.stubEnv('TOPIC_ARN', '');
  expect(() => environment('TABLE_NAME', 'TOPIC_ARN')).toThrow(EnvironmentError);
  expect(() => environment('TABLE_NAME', 'TOPIC_ARN')).toThrow(/TABLE_NAME: .*TOPIC_ARN: /);
});
