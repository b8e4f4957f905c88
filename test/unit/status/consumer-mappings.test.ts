import { LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { expect, it, vi } from 'vitest';
import { enableConsumer } from '../../../pipelines/status/consumer-mappings.ts';

/** Pauses or resumes a consumer whose mapping is in a state. @returns its state then, what was sent, and what was logged. */
async function enabled(State: string, isEnabled: boolean) {
  const sent: unknown[] = [];
  const logged: string[] = [];
  const lambda = new LambdaClient({ region: 'eu-central-1' });
  vi.spyOn(lambda, 'send').mockImplementation(async (command) => {
    if (!(command instanceof UpdateEventSourceMappingCommand)) return { State };
    sent.push(command.input);
    return { State: command.input.Enabled ? 'Enabling' : 'Disabling' };
  });
  const { state } = await enableConsumer(
    {
      lambda,
      mappingId: async (consumer) => (consumer === 'order-events' ? 'orders' : 'search'),
      activity: {
        record: async ({ by, action, target }, run) => {
          logged.push(`${by} ${action} ${target}`);
          return (await run()).result;
        },
      },
    },
    'search-index',
    isEnabled,
    'olga',
  );
  return { state, sent, logged };
}

it.each([
  ['paused', 'Enabled', false, 'Disabling', 'olga pause search-index'],
  ['resumed', 'Disabled', true, 'Enabling', 'olga resume search-index'],
])('a consumer is %s once it is not', async (_, before, isEnabled, state, entry) => {
  const sent = [{ UUID: 'search', Enabled: isEnabled }];
  expect(await enabled(before, isEnabled)).toEqual({ state, sent, logged: [entry] });
});

it.each([
  ['paused', 'Disabled', false],
  ['being paused', 'Disabling', false],
  ['running', 'Enabled', true],
  ['being resumed', 'Enabling', true],
])('a consumer that is %s keeps the time of its change when it is to be so', async (_, before, isEnabled) => {
  expect(await enabled(before, isEnabled)).toEqual({ state: before, sent: [], logged: [] });
});
