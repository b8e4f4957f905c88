import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseNotification } from '../../../contracts/subscriber/parse-notification.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { announceRunning } from '../../../infra/local/running/running-system.ts';

const API_URL = 'http://127.0.0.1:1';
const TOPIC_ARN = 'arn:aws:sns:eu-central-1:000000000000:orders';
const MESSAGE_ID =
  '<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>';

const run = promisify(execFile);
const Failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });
/** Runs the command. Each names this process, since another local system may run beside the test. */
const trigger = async (...args: readonly string[]) => {
  const command = [join(PROJECT_ROOT, 'infra/local/trigger.ts'), '--pid', String(process.pid), ...args];
  return run(process.execPath, command).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => Failed.parse(error),
  );
};

/** What SNS was sent, one request each. */
const requests: URLSearchParams[] = [];
const topic = createServer(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  requests.push(new URLSearchParams(Buffer.concat(parts).toString()));
  response.writeHead(200, { 'content-type': 'text/xml' }).end(MESSAGE_ID);
});

const started = new AsyncDisposableStack();
beforeAll(async () => {
  await new Promise<void>((resolve) => topic.listen(0, '127.0.0.1', resolve));
  started.defer(() => new Promise((resolve) => topic.close(() => resolve())));
  const { port } = z.object({ port: z.number() }).parse(topic.address());
  const messaging = `http://127.0.0.1:${port}`;
  started.defer(
    announceRunning({
      apiUrl: API_URL,
      controlUrl: API_URL,
      endpoints: { dynamoDb: API_URL, messaging, openSearch: API_URL, awsApis: API_URL },
      names: { OrderTopic: TOPIC_ARN },
      orderEventsEnvironment: {},
      emailHashKey: 'a key',
    }),
  );
});
afterAll(() => started.disposeAsync());
beforeEach(() => void requests.splice(0));

const published = () => requests.map((request) => parseNotification(request.get('Message')));

describe('the command that publishes an event', () => {
  it('publishes an event of the type, once, to the topic of the local system', async () => {
    const { code, stdout } = await trigger('order.placed');
    expect(code).toBe(0);
    expect(requests.map((request) => [request.get('Action'), request.get('TopicArn')])).toEqual([
      ['Publish', TOPIC_ARN],
    ]);
    expect(published()).toEqual([parseNotification(stdout)]);
    expect(published()).toMatchObject([{ type: 'order.placed' }]);
  });

  it('puts each option into the event', async () => {
    const subject = '01KJMSY7G00000000000000001';
    const options = ['--order', subject, '--sequence', '7', '--user', 'bob', '--status', 'shipped'];
    await trigger('order.status-changed', ...options, '--total', '1500000', '--currency', 'CHF');
    const data = { orderId: subject, userId: 'bob', status: 'shipped', total: 1_500_000, currency: 'CHF' };
    expect(published()).toMatchObject([
      { id: `${subject}.7.order.status-changed`, subject, sequence: '7', data },
    ]);
  });

  it('names the schema by the API of that system', async () => {
    await trigger('order.high-value');
    expect(published()).toMatchObject([{ dataschema: `${API_URL}/schemas/order.high-value.1.json` }]);
  });

  it('sends the attributes that filter policies read', async () => {
    await trigger('order.placed', '--currency', 'CHF');
    const attributes = [1, 2, 3].map((number) => {
      const entry = `MessageAttributes.entry.${number}`;
      return [requests[0]?.get(`${entry}.Name`), requests[0]?.get(`${entry}.Value.StringValue`)];
    });
    expect(Object.fromEntries(attributes)).toEqual({
      type: 'order.placed',
      status: 'placed',
      currency: 'CHF',
    });
  });

  it.each([
    ['an unknown type', 'Allowed choices are order.placed', ['order.returned']],
    ['a total that is no integer', 'It must be an integer.', ['order.placed', '--total', '1.5']],
    ['a value that violates the contract', 'data.currency', ['order.placed', '--currency', 'euro']],
  ])('publishes nothing at %s, and fails with the reason', async (_, reason, args) => {
    const { code, stdout, stderr } = await trigger(...args);
    expect([code, stdout, requests]).toEqual([1, '', []]);
    expect(stderr).toContain(reason);
  });

  it('fails when the named process is no local system', async () => {
    const { code, stderr } = await trigger('order.placed', '--pid', '1');
    expect([code, requests]).toEqual([1, []]);
    expect(stderr).toContain('No local system is running in process 1');
  });
});
