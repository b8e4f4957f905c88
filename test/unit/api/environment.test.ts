import { afterEach, expect, it, vi } from 'vitest';
import { EnvironmentError, environment, settings } from '../../../handlers/environment.ts';
import { replaySettings } from '../../../pipelines/dead-letters/replay/replay-consumers.ts';
import { environmentOf } from '../../builders/stream/consumer-settings.ts';

afterEach(() => vi.unstubAllEnvs());

it('gives the variables that are asked for', () => {
  vi.stubEnv('TABLE_NAME', 'table');
  vi.stubEnv('MAIL_FROM', undefined);
  expect(environment('TABLE_NAME')).toEqual({ TABLE_NAME: 'table' });
});

it('names each variable that is missing', () => {
  vi.stubEnv('TABLE_NAME', undefined);
  vi.stubEnv('MAIL_FROM', '');
  expect(() => environment('TABLE_NAME', 'MAIL_FROM')).toThrow(EnvironmentError);
  expect(() => environment('TABLE_NAME', 'MAIL_FROM')).toThrow(/TABLE_NAME: .*MAIL_FROM: /);
});

const deployed = environmentOf('OrderEventsFunction');

it('gives the settings of the handlers of orders from the environment of another function', () => {
  const given = { ...deployed, TABLE_NAME: 'table', TOPIC_ARN: 'topic', ORDER_RETENTION_DAYS: '30' };
  expect(settings(replaySettings, given)).toMatchObject({
    tableName: 'table',
    topicArn: 'topic',
    orderRetentionDays: 30,
  });
});

it.each(['', ' ', 'never', '-1', '1.5', undefined])(
  'takes %j for no number of days to keep orders',
  (days) => {
    const given = { ...deployed, ORDER_RETENTION_DAYS: days };
    expect(() => settings(replaySettings, given)).toThrow(/ORDER_RETENTION_DAYS/);
  },
);

it.each(['AutomaticReplayFunction', 'OperatorsFunction'])(
  'of %s has the settings of the consumer: a replay has the effects of the stream',
  (logicalId) => {
    expect(settings(replaySettings, environmentOf(logicalId))).toEqual(settings(replaySettings, deployed));
  },
);
