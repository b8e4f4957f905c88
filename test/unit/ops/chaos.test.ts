import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Instant } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import { type BegunFault, type Chaos, FaultNotEndedError } from '../../../infra/local/chaos/chaos.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { startControlServer } from '../../../infra/local/running/control-server.ts';
import { announceRunning } from '../../../infra/local/running/running-system.ts';
import { environmentOf } from '../../builders/stream/consumer-settings.ts';

const SINCE = '2026-03-01T12:00:00.000Z';
const OVER = '2026-03-01T12:02:00.000Z';
const FAR_AWAY = '2999-01-01T00:00:00.000Z';
const NOWHERE = 'http://127.0.0.1:1';
const OPS = join(PROJECT_ROOT, 'infra/ops/bin.mjs');

const begun = (fault: BegunFault['fault']): BegunFault => ({
  ...{ fault, what: 'it is frozen' },
  ...{ since: parse(Instant, SINCE), until: parse(Instant, until) },
});

/** The fault that lasts, and how it is ended. */
let lasting: BegunFault | undefined;
let end: Chaos['end'];
let until: string;

// A local system as the command finds it: it has one fault, and no parts.
beforeEach(async () => {
  lasting = undefined;
  until = FAR_AWAY;
  end = async () => {
    lasting = undefined;
  };
  const begin: Chaos['begin'] = async ({ fault }) => {
    lasting = begun(fault);
    return lasting;
  };
  const server = await startControlServer(new Map(), {
    ...{ begin, end: (fault) => end(fault), restart: () => expect.fail() },
    list: () => (lasting === undefined ? [] : [lasting]),
  });
  onTestFinished(() => server.stop());
  const withdraw = announceRunning({
    ...{ apiUrl: NOWHERE, controlUrl: server.url, names: {}, emailHashKey: 'k'.repeat(64) },
    endpoints: { dynamoDb: NOWHERE, messaging: NOWHERE, openSearch: NOWHERE, awsApis: NOWHERE },
    orderEventsEnvironment: environmentOf('OrderEventsFunction'),
  });
  onTestFinished(withdraw);
});

/** Starts `ops chaos` on this system, in a process group of its own. */
function chaos(...args: readonly string[]) {
  const running = spawn(process.execPath, [OPS, '--json', '--pid', String(process.pid), 'chaos', ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  running.stdout.on('data', (chunk) => (texts.stdout += chunk));
  running.stderr.on('data', (chunk) => (texts.stderr += chunk));
  const ended = once(running, 'close').then(([code]) => ({ code, ...texts }));
  return { pid: running.pid ?? Number.NaN, stderr: () => texts.stderr, ended };
}

const ENDED = '{"fault":"opensearch","state":"ended"}\n';

describe('ops chaos', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'ends the fault at %s to its process group, and itself after that',
    async (signal) => {
      const command = chaos('opensearch');
      await expect.poll(command.stderr).toContain('or with Ctrl-C');
      process.kill(-command.pid, signal);
      expect(await command.ended).toMatchObject({ code: 0, stdout: ENDED });
      expect(lasting).toBeUndefined();
    },
  );

  it('ends in order at a second SIGHUP, which a shell sends too when its terminal is closed', async () => {
    const asked = Promise.withResolvers<void>();
    const healed = Promise.withResolvers<void>();
    end = () => {
      asked.resolve();
      lasting = undefined;
      return healed.promise;
    };
    const command = chaos('opensearch');
    await expect.poll(command.stderr).toContain('or with Ctrl-C');
    process.kill(-command.pid, 'SIGHUP');
    await asked.promise;
    process.kill(-command.pid, 'SIGHUP');
    healed.resolve();
    expect(await command.ended).toMatchObject({ code: 0, stdout: ENDED });
  });

  it('ends at once at a second signal', async () => {
    const asked = new Promise<void>((resolve) => {
      end = () => new Promise(() => resolve());
    });
    const command = chaos('opensearch');
    await expect.poll(command.stderr).toContain('or with Ctrl-C');
    process.kill(-command.pid, 'SIGINT');
    await asked;
    process.kill(-command.pid, 'SIGINT');
    expect(await command.ended).toMatchObject({ code: 130, stdout: '' });
  });

  it('says that a fault is not there, and asks for no end of it', async () => {
    end = () => expect.fail();
    const stdout = '{"fault":"opensearch","state":"not there"}\n';
    expect(await chaos('opensearch', '--end').ended).toMatchObject({ code: 0, stdout });
  });

  describe('of a fault that cannot be ended', () => {
    const NOT_ENDED = {
      ...{ code: 3, stdout: '' },
      stderr: expect.stringContaining('could not be ended: no. Restart the part'),
    };
    beforeEach(() => {
      end = () => Promise.reject(new FaultNotEndedError('The fault "opensearch" could not be ended: no'));
    });

    it('says so where it is to end', async () => {
      lasting = begun('opensearch');
      expect(await chaos('opensearch', '--end').ended).toMatchObject(NOT_ENDED);
    });

    it('says so when its time is over', async () => {
      until = OVER;
      expect(await chaos('opensearch').ended).toMatchObject(NOT_ENDED);
    });
  });
});
