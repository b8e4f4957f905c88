import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { xRay } from '../../../handlers/stream/trace.ts';
import { traced } from '../../../pipelines/stream/trace.ts';
import { keptLog } from '../../builders/stream/stream-batch.ts';

const SAMPLED = 'Root=1-67e1a3f0-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a:0';
const daemon = createSocket('udp4');
const received: string[] = [];
let environment: { AWS_XRAY_DAEMON_ADDRESS: string; _X_AMZN_TRACE_ID: string };

beforeAll(async () => {
  daemon.on('message', (message) => received.push(message.toString()));
  daemon.bind(0, '127.0.0.1');
  await once(daemon, 'listening');
});
beforeEach(() => {
  received.length = 0;
  environment = {
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
    _X_AMZN_TRACE_ID: SAMPLED,
  };
});
afterAll(() => void daemon.close());

/** What the daemon has received once a last piece of work, the mark, has come. */
async function sentBefore(trace: ReturnType<typeof xRay>): Promise<readonly unknown[]> {
  environment._X_AMZN_TRACE_ID = SAMPLED;
  trace.begin('mark')('ok');
  await expect.poll(() => received.at(-1)).toContain('"name":"mark"');
  return received.slice(0, -1).map((text) => {
    const [header, document = ''] = text.split('\n');
    expect(header).toBe('{"format":"json","version":1}');
    return JSON.parse(document);
  });
}

describe('the trace in X-Ray', () => {
  it("holds a piece of work as a part of Lambda's own segment", async () => {
    const trace = xRay(keptLog(), environment);
    trace.begin('DynamoDB', { of: 'aws', operation: 'GetItem', annotations: { records: 3 } })('ok');
    expect(await sentBefore(trace)).toEqual([
      {
        type: 'subsegment',
        name: 'DynamoDB',
        id: expect.stringMatching(/^[0-9a-f]{16}$/),
        trace_id: '1-67e1a3f0-0123456789abcdef01234567',
        parent_id: '53995c3f42cd8ad8',
        start_time: expect.any(Number),
        end_time: expect.any(Number),
        namespace: 'aws',
        aws: { operation: 'GetItem' },
        annotations: { records: 3 },
      },
    ]);
  });

  it('reports that work failed, without the reason', async () => {
    const trace = xRay(keptLog(), environment);
    const work = () => Promise.reject(new TypeError('ada@example.com'));
    await expect(traced(trace, 'work', {}, work)).rejects.toThrow(TypeError);
    const [sent] = await sentBefore(trace);
    expect(sent).toMatchObject({ name: 'work', fault: true });
    expect(JSON.stringify(sent)).not.toContain('ada@');
  });

  it.each([
    ['is not sampled', SAMPLED.replace('Sampled=1', 'Sampled=0')],
    ['has no trace', ''],
  ])('has nothing of an invocation that %s', async (_, header) => {
    environment._X_AMZN_TRACE_ID = header;
    const trace = xRay(keptLog(), environment);
    trace.begin('unwanted')('ok');
    expect(await sentBefore(trace)).toEqual([]);
  });

  it('follows the invocation that runs', async () => {
    const trace = xRay(keptLog(), environment);
    environment._X_AMZN_TRACE_ID = SAMPLED.replace('Root=1-67e1a3f0', 'Root=1-67e1a3f1');
    trace.begin('later')('ok');
    expect(await sentBefore(trace)).toMatchObject([{ trace_id: '1-67e1a3f1-0123456789abcdef01234567' }]);
  });

  it('is silent where there is no daemon', () => {
    const logger = keptLog();
    const trace = xRay(logger, { _X_AMZN_TRACE_ID: SAMPLED });
    trace.begin('work')('ok');
    expect(logger.lines).toEqual([]);
  });
});
