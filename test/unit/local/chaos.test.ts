import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OrderItem } from '../../../contracts/entities/order.ts';
import { Instant, OrderId } from '../../../contracts/ids.ts';
import { parse, read } from '../../../contracts/reading.ts';
import { brokenItems } from '../../../infra/local/chaos/broken-items.ts';
import {
  type BeginFault,
  Chaos,
  FaultNotEndedError,
  FaultRunningError,
} from '../../../infra/local/chaos/chaos.ts';
import { FAULTS, type FaultTarget, PartNotOwnedError } from '../../../infra/local/chaos/faults.ts';
import { unmarshal } from '../../../pipelines/dynamodb/unmarshal.ts';
import type { ActivityLog } from '../../../pipelines/operations/activity.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const clock = { now: () => NOW };
const request: BeginFault = { fault: 'opensearch', seconds: 60, consumer: 'order-events', items: 3 };

let calls: string[];
let pid: number | undefined;
let activity: Pick<ActivityLog, 'start' | 'complete'>;
let resume: () => void;
let requireRestartable: () => void;
let restart: () => Promise<void>;

function chaosOf(): Chaos {
  const part = {
    get pid() {
      return pid;
    },
    pause: () => calls.push('pause'),
    resume: () => resume(),
    requireRestartable: () => requireRestartable(),
    restart: () => restart(),
  };
  const target: FaultTarget = Object.assign(Object.create(null), { parts: { openSearch: part } });
  return new Chaos({ target, activity, clock, log: (line) => calls.push(line) });
}

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  pid = 1;
  resume = () => calls.push('resume');
  requireRestartable = () => undefined;
  restart = async () => void calls.push('restart');
  activity = {
    start: async ({ target, by, action }) => {
      calls.push(`started ${action} ${target}`);
      return {
        pk: '',
        sk: '',
        entityType: 'Activity',
        id: '1',
        at: parse(Instant, NOW.toISOString()),
        by,
        action,
        target,
        outcome: 'started',
        detail: '',
        ttl: 1,
      };
    },
    complete: async (_entry, { outcome }) => void calls.push(`completed ${outcome}`),
  };
});
afterEach(() => vi.useRealTimers());

const HEALED = ['resume', 'The fault "opensearch" has ended', 'completed done'];

describe('a fault', () => {
  it('is in the activity log before it begins', async () => {
    await chaosOf().begin(request);
    expect(calls).toEqual(['started chaos opensearch for 60 s', 'pause']);
  });

  it('does not begin when the activity log does not respond', async () => {
    activity = { ...activity, start: () => Promise.reject(new Error('no response')) };
    await expect(chaosOf().begin(request)).rejects.toThrow('no response');
    expect(calls).toEqual([]);
  });

  it('is listed with its end, and no longer once it has ended', async () => {
    const chaos = chaosOf();
    const begun = await chaos.begin(request);
    expect(chaos.list()).toEqual([begun]);
    expect([begun.since, begun.until]).toEqual(['2026-03-01T12:00:00.000Z', '2026-03-01T12:01:00.000Z']);
    await chaos.end('opensearch');
    expect(chaos.list()).toEqual([]);
  });

  it('ends by itself after its time', async () => {
    await chaosOf().begin(request);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(calls).not.toContain('resume');
    await vi.advanceTimersByTimeAsync(1);
    expect(calls.slice(2)).toEqual(HEALED);
  });

  it('ends when the system stops', async () => {
    const chaos = chaosOf();
    await chaos.begin(request);
    await chaos.stop();
    expect(calls.slice(2)).toEqual(HEALED);
  });

  it('is healed once, whoever ends it', async () => {
    const chaos = chaosOf();
    await chaos.begin(request);
    await Promise.all([chaos.end('opensearch'), chaos.stop()]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls.slice(2)).toEqual(HEALED);
  });

  it('is healed again after an error', async () => {
    resume = () => {
      resume = () => calls.push('resume');
      throw new Error('the part ends');
    };
    const chaos = chaosOf();
    await chaos.begin(request);
    const ended = chaos.stop();
    await vi.runAllTimersAsync();
    await ended;
    expect(calls.slice(2)).toEqual(HEALED);
  });

  describe('that cannot be ended', () => {
    const NOT_ENDED = [expect.stringContaining('"opensearch" could not be ended: no'), 'completed failed'];
    let chaos: Chaos;
    beforeEach(async () => {
      // An attempt follows the one before at once.
      vi.spyOn(Math, 'random').mockReturnValue(0);
      resume = () => {
        throw new Error('no');
      };
      chaos = chaosOf();
      await chaos.begin(request);
    });
    it('makes the request for its end fail, and lasts', async () => {
      await expect(chaos.end('opensearch')).rejects.toThrow(FaultNotEndedError);
      expect(calls.slice(2)).toEqual(NOT_ENDED);
      expect(chaos.list()).toHaveLength(1);
    });

    it('lasts also when its time is over', async () => {
      vi.runAllTimers();
      await expect.poll(() => calls.slice(2)).toEqual(NOT_ENDED);
      expect(chaos.list()).toHaveLength(1);
    });

    it('is ended by a later request that can', async () => {
      await expect(chaos.end('opensearch')).rejects.toThrow(FaultNotEndedError);
      resume = () => calls.push('resume');
      await chaos.end('opensearch');
      expect(calls.slice(-HEALED.length)).toEqual(HEALED);
      expect(chaos.list()).toEqual([]);
    });

    it('does not keep the system from its end', async () => {
      await chaos.stop();
      await chaos.stop();
      expect(calls.slice(2)).toEqual(NOT_ENDED);
    });
  });

  it('is refused while another lasts', async () => {
    const chaos = chaosOf();
    await chaos.begin(request);
    await expect(chaos.begin({ ...request, fault: 'function' })).rejects.toThrow(FaultRunningError);
  });

  it('is refused for a part that is not a process of the system, and logged as failed', async () => {
    pid = undefined;
    const chaos = chaosOf();
    await expect(chaos.begin(request)).rejects.toThrow(PartNotOwnedError);
    expect(calls).toEqual(['started chaos opensearch for 60 s', 'completed failed']);
    expect(chaos.list()).toEqual([]);
  });

  it('ends before its part is restarted', async () => {
    const chaos = chaosOf();
    await chaos.begin(request);
    await chaos.restart('opensearch');
    expect(calls.slice(2)).toEqual([
      ...HEALED,
      'started chaos restart opensearch',
      'restart',
      'completed done',
    ]);
  });
});

describe('a restart', () => {
  it('that the part refuses ends no fault, and is not in the activity log', async () => {
    requireRestartable = () => {
      throw new Error('refused');
    };
    const chaos = chaosOf();
    await chaos.begin(request);
    await expect(chaos.restart('opensearch')).rejects.toThrow('refused');
    expect(calls.slice(2)).toEqual([]);
    expect(chaos.list()).toHaveLength(1);
  });

  it('that fails is logged as failed', async () => {
    restart = () => Promise.reject(new Error('it does not start'));
    await expect(chaosOf().restart('opensearch')).rejects.toThrow('it does not start');
    expect(calls).toEqual(['started chaos restart opensearch', 'completed failed']);
  });
});

describe('the end of the fault of the topic', () => {
  const TOPIC = 'arn:aws:sns:eu-central-1:000000000000:order-events';
  let restore: () => Promise<void>;

  async function begun() {
    const sns = new SNSClient({ region: 'eu-central-1' });
    vi.spyOn(sns, 'send').mockImplementation(async (command: unknown) => {
      if (command instanceof SubscribeCommand) calls.push(`subscribe ${command.input.Endpoint}`);
      return {
        Subscriptions: [{ SubscriptionArn: `${TOPIC}:1`, Endpoint: "a user's queue", Protocol: 'sqs' }],
      };
    });
    const functionOf = (name: string) => ({
      crashAtEachInvocation: async (isHeld: boolean) =>
        void calls.push(`${isHeld ? 'hold' : 'let go'} ${name}`),
    });
    const target: FaultTarget = Object.assign(Object.create(null), {
      clients: { sns },
      functions: new Map(['Publisher', 'Reader'].map((name) => [name, functionOf(name)])),
      plan: {
        topics: [{ arn: TOPIC }],
        subscriptions: [],
        topicEndpoints: [],
        functions: [
          { logicalId: 'Publisher', environment: { TOPIC_ARN: TOPIC } },
          { logicalId: 'Reader', environment: { TABLE_NAME: 'table' } },
        ],
      },
      restoreMessaging: () => restore(),
    });
    return FAULTS.topic.begin(target);
  }

  it('lets nothing publish to the topic before it has its subscriptions again', async () => {
    restore = async () => void calls.push('restore');
    const heal = await begun();
    await heal();
    expect(calls).toEqual(['hold Publisher', 'restore', "subscribe a user's queue", 'let go Publisher']);
  });

  it('lets nothing publish while it has failed and is to be tried again', async () => {
    restore = () => Promise.reject(new Error('no response'));
    const heal = await begun();
    await expect(heal()).rejects.toThrow('no response');
    expect(calls).toEqual(['hold Publisher']);
  });
});

describe('broken items', () => {
  it('violate the contract of an order by three causes in turn, each in one field', () => {
    const newOrderId = () => parse(OrderId, '01KJMSY7G00000000000000001');
    const fields = [...brokenItems(6, { clock, newOrderId })].map((item) =>
      read(OrderItem, unmarshal(item)).error?.issues.map(({ path }) => path.join('.')),
    );
    expect(fields).toEqual([['total'], ['currency'], ['status'], ['total'], ['currency'], ['status']]);
  });
});
