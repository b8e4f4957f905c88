import { afterEach, expect, it, vi } from 'vitest';
import { EnvironmentError, environment, orderHandlerSettings } from '../../../handlers/environment.ts';
import { environmentOf } from '../../builders/stream/consumer-settings.ts';

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

const deployed = environmentOf('OrderEventsFunction');

it('gives the settings of the handlers of orders from the environment of another function', () => {
  const given = { ...deployed, TABLE_NAME: 'table', TOPIC_ARN: 'topic', ORDER_RETENTION_DAYS: '30' };
  expect(orderHandlerSettings(given)).toMatchObject({
    tableName: 'table',
    topicArn: 'topic',
    retentionDays: 30,
  });
});

it.each(['', ' ', 'never', '-1', '1.5', undefined])(
  'takes %j for no number of days to keep orders',
  (days) => {
    const given = { ...deployed, ORDER_RETENTION_DAYS: days };
    expect(() => orderHandlerSettings(given)).toThrow(/ORDER_RETENTION_DAYS/);
  },
);

it.each(['AutomaticReplayFunction', 'OperatorsFunction'])(
  'of %s has the settings of the consumer: a replay has the effects of the stream',
  (logicalId) => {
    expect(orderHandlerSettings(environmentOf(logicalId))).toEqual(orderHandlerSettings(deployed));
  },
);
