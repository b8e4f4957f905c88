import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateTopicCommand, DeleteTopicCommand } from '@aws-sdk/client-sns';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Browser, Page } from 'playwright-core';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LagHistory, type SystemProblem, SystemStatus } from '../../contracts/api/status.ts';
import { OrderId } from '../../contracts/ids.ts';
import { parse, parseJson } from '../../contracts/reading.ts';
import { MS_PER_MINUTE } from '../../contracts/units.ts';
import { brokenItems } from '../../infra/local/chaos/broken-items.ts';
import { PROJECT_ROOT } from '../../infra/local/machine/project-root.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../infra/local/machine/region.ts';
import { type OpenToOperators, openToOperators } from '../../infra/local/running/open-to-operators.ts';
import { type LocalSystem, startLocalSystem } from '../../infra/local/system/local-system.ts';
import { EXIT } from '../../infra/ops/command-line/exit-codes.ts';
import { systemClock as clock } from '../../pipelines/clock.ts';
import { FAILURE_AGE_MS_MAX } from '../../pipelines/operations/failures.ts';
import { readLastReads } from '../../pipelines/status/last-reads.ts';
import { orderItem } from '../builders/values/items.ts';
import { CONDITION_MS, eventually } from '../builders/waiting.ts';
import { findChromium, launchChromium } from './console/chromium.ts';

const execute = promisify(execFile);
/** MaximumRecordAgeSeconds. */
const KEPT_MS = 360 * MS_PER_MINUTE;
/** A metric of the last minutes may be of a record that waited in the incident before. */
const EARLIER_MS = 10 * MS_PER_MINUTE;
const DRAIN_MS = 120_000;
/** One of each cause. */
const BROKEN_ITEMS = 3;
const FROZEN = { name: 'open-search', state: 'no-response' };
/** A cluster that is not ours cannot be frozen. */
const hasOtherOpenSearch = Boolean(process.env['OPENSEARCH_URL']);

let system: LocalSystem;
let operators: OpenToOperators;
let browser: Browser | undefined;
/** The console's overview, as an operator leaves it open. Absent where there is no Chromium. */
let overview: Page | undefined;
beforeAll(async () => {
  system = await startLocalSystem({ parameters: { BatchingWindowSeconds: '0' } });
  operators = await openToOperators(system);
  const found = findChromium();
  if ('path' in found) {
    browser = await launchChromium(found.path);
    overview = await browser.newPage();
    await overview.goto(`${operators.consoleUrl}/#/overview`);
  }
  await putOrder();
  await system.drained(DRAIN_MS);
});
afterAll(async () => {
  await browser?.close();
  await operators?.stop();
  await system?.stop();
});

const putOrder = () =>
  system.clients.dynamoDb.send(
    new PutItemCommand({
      TableName: system.names['Table'],
      Item: marshall(orderItem({ orderId: ulid(), userId: 'ada' }), { removeUndefinedValues: true }),
    }),
  );

async function call(method: 'GET' | 'POST', path: string): Promise<unknown> {
  const response = await fetch(system.apiUrl + path, {
    method,
    headers: { authorization: `Bearer ${await system.token('olga', 'ops:read', 'ops:write')}` },
  });
  expect([path, response.status]).toEqual([path, 200]);
  return response.json();
}
const status = async (): Promise<SystemStatus> => parse(SystemStatus, await call('GET', '/ops/status'));

/** Runs `ops` on this system. */
async function ops(...args: readonly string[]) {
  const bin = join(PROJECT_ROOT, 'infra/ops/bin.mjs');
  const command = ['--pid', String(process.pid), ...args];
  return execute(process.execPath, [bin, ...command]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

/** The banner of a problem in the console: its cause, since when, and until when nothing is lost. */
async function shown({ title, cause, safeUntil }: SystemProblem): Promise<void> {
  if (overview === undefined) return;
  // How far a consumer is behind changes meanwhile.
  const lasting = title.slice(title.lastIndexOf(': ') + 1).trim();
  const banner = overview.getByRole('article').filter({ hasText: lasting }).filter({ hasText: cause.code });
  await banner.getByText(/since/).first().waitFor({ timeout: CONDITION_MS });
  if (safeUntil !== undefined)
    await banner
      .getByText(/until|before/i)
      .first()
      .waitFor({ timeout: CONDITION_MS });
}

/** Waits until the API, the console and the command line report a problem. */
async function reported(id: string, title = /./): Promise<SystemProblem> {
  const problem = await eventually(async () => {
    const { problems } = await status();
    const found = problems.find((one) => one.id === id);
    expect(problems.map((one) => one.id)).toContain(id);
    expect(found?.title).toMatch(title);
    return found;
  });
  if (problem === undefined) throw new Error(`No problem ${id}`);
  await shown(problem);
  const { code, stdout } = await ops('status', '--json');
  expect(code).toBe(EXIT.differs);
  expect(parseJson(SystemStatus, stdout).problems.map((one) => one.id)).toContain(id);
  return problem;
}

/** Waits until the API and the command line report that all is well. A failure that another worker ends within three seconds may stay for three minutes. */
async function allClear(): Promise<void> {
  await eventually(async () => {
    const { verdict, problems } = await status();
    expect([verdict, problems.map(({ id, title }) => `${id} ${title}`)]).toEqual(['ok', []]);
  }, FAILURE_AGE_MS_MAX);
  expect((await ops('status')).code).toBe(EXIT.ok);
}

/** Since when, and until when no record is given up for its age. */
function expectSafe({ since, safeUntil }: SystemProblem, beganMs: number): void {
  const [sinceMs, safeUntilMs, nowMs] = [Date.parse(since ?? ''), Date.parse(safeUntil ?? ''), Date.now()];
  expect(sinceMs).toBeGreaterThan(beganMs - EARLIER_MS);
  expect(sinceMs).toBeLessThanOrEqual(nowMs);
  expect(safeUntilMs).toBeGreaterThan(beganMs + KEPT_MS - EARLIER_MS);
  expect(safeUntilMs).toBeLessThanOrEqual(nowMs + KEPT_MS);
}

describe('the status of the running system', () => {
  it('is ok, with both consumers, all that they depend on, and exit 0', async () => {
    await allClear();
    const { consumers, sinks } = await status();
    expect(consumers.map(({ consumer, state }) => [consumer, state])).toEqual([
      ['order-events', 'running'],
      ['search-index', 'running'],
    ]);
    expect(sinks.every(({ state }) => state === 'ok')).toBe(true);
    expect((await ops('lag', '--max-lag', '60s')).code).toBe(EXIT.ok);
  });

  it('knows that each consumer reads', async () => {
    const cloudWatch = new CloudWatchClient({
      ...{ endpoint: system.endpoints.awsApis, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS },
    });
    const idOf = (name: string) => system.mappings.get(name)?.settings.id ?? '';
    const ids = { 'order-events': idOf('OrderEventsMapping'), 'search-index': idOf('SearchIndexMapping') };
    const enabled = { state: 'Enabled', lastProcessingResult: 'OK', maximumRecordAgeSeconds: -1 };
    const mappings = { 'order-events': enabled, 'search-index': enabled };
    const reads = await readLastReads(
      { cloudWatch, clock, mappingId: async (consumer) => ids[consumer] },
      mappings,
      AbortSignal.timeout(CONDITION_MS),
    );
    cloudWatch.destroy();
    expect([reads['order-events']?.at, reads['search-index']?.at]).toEqual([
      expect.any(String),
      expect.any(String),
    ]);
  });

  it('has the events that the topic accepted a second, and the orders placed', async () => {
    await putOrder();
    await eventually(async () => {
      const { rates } = await status();
      expect(rates.eventsPublished).toBeGreaterThan(0);
      expect(rates.ordersPlaced).toBeGreaterThan(0);
    });
  });

  it.skipIf(hasOtherOpenSearch)('names a frozen OpenSearch, and no command waits for it', async () => {
    const beganMs = Date.now();
    system.parts.openSearch.pause();
    try {
      // Nothing is written yet, but heartbeats may be.
      await eventually(async () =>
        expect((await status()).sinks).toContainEqual(expect.objectContaining(FROZEN)),
      );
      await putOrder();
      const problem = await reported('consumer-failing:search-index');
      expectSafe(problem, beganMs);
      expect(problem.title).toMatch(/^search-index is .* behind: OpenSearch does not respond$/);
      expect(problem.impact).toMatch(/^Nothing is lost: /);
      expect(problem.cause.code).toBe('search-unavailable');
      expect(problem.attempt).toBeGreaterThan(0);
      const verify = await ops('verify');
      expect(verify.code).toBe(EXIT.unreachable);
      expect(verify.stderr).toContain(`OpenSearch did not respond at ${system.endpoints.openSearch} (8 s)`);
      const lag = await ops('lag', '--max-lag', '1s');
      expect(lag.code).toBe(EXIT.differs);
      expect(lag.stdout).toMatch(/search-index.*failing.*search-unavailable/);
    } finally {
      system.parts.openSearch.resume();
    }
    await system.drained(DRAIN_MS);
    await allClear();
  });

  it('names a topic that was deleted', async () => {
    const beganMs = Date.now();
    const arn = system.names['OrderTopic'] ?? '';
    await system.clients.sns.send(new DeleteTopicCommand({ TopicArn: arn }));
    await putOrder();
    const problem = await reported('consumer-failing:order-events');
    expectSafe(problem, beganMs);
    expect(problem.title).toMatch(/^order-events is .* behind: the topic does not exist$/);
    await system.clients.sns.send(new CreateTopicCommand({ Name: arn.split(':').at(-1) }));
    await system.drained(DRAIN_MS);
    await allClear();
  });

  it('names a function that crashes', async () => {
    const beganMs = Date.now();
    const crashing = system.functions.get('OrderEventsFunction');
    await crashing?.crashAtEachInvocation(true);
    await putOrder();
    const problem = await reported('function-failing:order-events');
    expectSafe(problem, beganMs);
    expect(problem.cause.message).toMatch(/^PROBLEM: Function call failed/);
    await crashing?.crashAtEachInvocation(false);
    await system.drained(DRAIN_MS);
    await allClear();
  });

  it('names broken items by the cause of their dead letters', async () => {
    const items = [...brokenItems(BROKEN_ITEMS, { clock, newOrderId: () => parse(OrderId, ulid()) })];
    for (const Item of items)
      await system.clients.dynamoDb.send(new PutItemCommand({ TableName: system.names['Table'], Item }));
    const problem = await reported(
      'dead-letters:order-events',
      /^3 dead letters of order-events, 3 causes, 3 new$/,
    );
    expect(problem.cause.code).toBe('contract-violation');
    expect((await ops('dlq', 'purge', '--yes')).code).toBe(EXIT.ok);
    await allClear();
  });

  it('names a consumer that is paused, and by whom, and goes on after it is resumed', async () => {
    const beganMs = Date.now();
    await call('POST', '/ops/consumers/search-index/pause');
    await putOrder();
    const problem = await reported('consumer-paused:search-index');
    expectSafe(problem, beganMs);
    expect(problem.title).toBe('search-index is paused by olga');
    expect((await status()).consumers[1]).toMatchObject({ consumer: 'search-index', state: 'paused' });
    expect((await ops('resume', 'search-index')).code).toBe(EXIT.ok);
    await system.drained(DRAIN_MS);
    await allClear();
  });

  it('has a history of the lag', async () => {
    const { series, limitSeconds } = parse(LagHistory, await call('GET', '/ops/lag?minutes=15'));
    expect(limitSeconds).toBe(300);
    expect(series.map(({ consumer }) => consumer)).toEqual(['order-events', 'search-index']);
    expect(series.every(({ secondsBehind }) => secondsBehind.some((seconds) => seconds !== null))).toBe(true);
  });
});
