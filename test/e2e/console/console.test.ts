import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { startLocalConsole } from '../../../infra/local/console/local-console.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { type LocalSystem, startLocalSystem } from '../../../infra/local/system/local-system.ts';
import { findChromium, launchChromium } from './chromium.ts';
import { faintTexts, overflow, structureFaults } from './page-checks.ts';
import { fillShop, ordersIn, repairAll } from './shop.ts';

/** A function's first call is slow on a busy machine. */
const WAIT_MS = 60_000;
const DESK = { width: 1_200, height: 800 };
const PHONE = { width: 360, height: 740 };
/** `npm run screenshots` takes them anew. */
const SCREENSHOTS =
  process.env['MODE'] === 'screenshots' ? join(PROJECT_ROOT, 'docs', 'screenshots') : undefined;

const found = findChromium();
if ('missing' in found) console.warn(`The console is not tested. ${found.missing}`);

describe.skipIf('missing' in found)('the console', () => {
  let system: LocalSystem;
  let operators: Awaited<ReturnType<typeof startLocalConsole>>;
  let browser: Browser;
  let page: Page;
  let deleted: OrderItem;
  const complaints: string[] = [];

  beforeAll(async () => {
    if ('missing' in found) return;
    [system, browser] = await Promise.all([
      startLocalSystem({ parameters: { BatchingWindowSeconds: '0' } }),
      launchChromium(found.path),
    ]);
    operators = await startLocalConsole(system);
    deleted = await fillShop(system);
  });
  afterAll(async () => {
    await browser?.close();
    await operators?.stop();
    await system?.stop();
  });

  beforeEach(async () => {
    page = await browser.newPage({ viewport: DESK, colorScheme: 'light', locale: 'en-GB' });
    page.setDefaultTimeout(WAIT_MS);
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await page.close();
    expect(complaints.splice(0)).toEqual([]);
  });

  /** Opens a view in an empty page: from another view, the address alone would change, and what is waited for be there already. */
  const open = async (view: string): Promise<void> => {
    await page.goto('about:blank');
    await page.goto(`${operators.url}/#/${view}`);
    await page.locator('main h1').waitFor();
  };
  const textOf = (locator: Locator) => expect.poll(async () => (await locator.allTextContents()).join('\n'));
  const rows = () => page.locator('main tbody tr');
  /** The path of the timeline of an order of that status. */
  const timelineOf = async (status: string): Promise<string> => {
    const order = (await ordersIn(system)).find((one) => one.status === status);
    return `orders/${order?.userId}/${order?.orderId}`;
  };
  /** Has searches answer as they do, but for what `changed` says. */
  const answerSearches = (changed: object): Promise<unknown> =>
    page.route('**/api/search/orders?*', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), ...changed } });
    });
  const screenshot = async (name: string): Promise<void> => {
    if (SCREENSHOTS === undefined) return;
    mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  };

  it('shows the throughput, by type, and the lag of each shard', async () => {
    await open('throughput');
    await page.locator('.chart canvas').waitFor();
    for (const consumer of ['order-events', 'search-index'])
      for (const type of ['INSERT', 'MODIFY', 'REMOVE'])
        await rows().filter({ hasText: consumer }).filter({ hasText: type }).first().waitFor();
    const lag = page.getByRole('region', { name: 'Lag' }).locator('tbody tr');
    await lag.filter({ hasText: 'order-events' }).filter({ hasText: 'reading' }).first().waitFor();
    await screenshot('throughput');
  });

  it('finds orders, shows where, and narrows them by facets', async () => {
    await open('orders');
    await page.getByRole('searchbox').fill('chair');
    await page.locator('mark').first().waitFor();
    await textOf(page.locator('mark').first()).toMatch(/^chair/i);
    const category = page.getByRole('group', { name: 'Category' }).getByRole('button').nth(1);
    const chosen = Number(/\d+$/.exec((await category.textContent()) ?? '')?.[0]);
    await category.click();
    await expect.poll(() => rows().count()).toBe(chosen);
    await expect.poll(() => page.url()).toContain('q=chair&category=');
    await screenshot('orders');
  });

  it('lists the orders of a status', async () => {
    await open('orders');
    await page
      .getByRole('group', { name: 'Status' })
      .getByRole('button', { name: /^cancelled/ })
      .click();
    await expect.poll(() => rows().locator('.status').allTextContents()).toEqual(['cancelled']);
  });

  it('says how far the index is behind, and what one that is late may lack', async () => {
    const reported = page.locator('main caption');
    await open('orders');
    await reported.getByText(/found.* The index is \d+ (s|min) behind the table\.$/).waitFor();

    await answerSearches({ index: { lagSeconds: 720, measuredAt: '2026-11-25T12:00:00.000Z' } });
    await page.reload();
    await reported
      .getByText(/12 min behind the table\. What was written after 25 Nov 2026.* may be missing\./)
      .waitFor();
    await expect.poll(() => faintTexts(page)).toEqual([]);

    await answerSearches({ index: undefined });
    await page.reload();
    await reported.getByText('How far the index is behind the table is not known.').waitFor();
  });

  it('shows the timeline of an order', async () => {
    await open(await timelineOf('delivered'));
    const section = (name: string) => page.getByRole('region', { name });
    const versions = section('Versions and notifications').locator('li');
    await expect.poll(() => versions.count()).toBe(4);
    await textOf(versions).toMatch(/placed.*order\.placed.*confirmed.*order\.status-changed.*delivered/s);
    await textOf(section('Reservation')).toContain('RESERVED');
    await textOf(section('Search document')).toContain('At the version of the table');
    await screenshot('timeline');
  });

  it('shows what is left of an order that was deleted', async () => {
    await open(`orders/${deleted.userId}/${deleted.orderId}`);
    await page.getByText('The order was removed from the table.').waitFor();
    await page.getByText('order.removed').waitFor();
    await page.getByText('The index has none.').waitFor();
  });

  it('shows the products that are running out', async () => {
    await open('stock');
    await page.getByLabel('Products with fewer pieces than').fill('3');
    await page.keyboard.press('Enter');
    await rows().first().waitFor();
    await expect.poll(() => page.url()).toContain('below=3');
    await screenshot('stock');
  });

  it('shows a dead letter, and replays it once its item is taken away', async () => {
    await open('dead-letters');
    const deadLetterMessages = rows()
      .filter({ hasText: 'search-index' })
      .filter({ hasText: 'contract-violation' })
      .filter({ hasText: 'Order' });
    await deadLetterMessages.first().waitFor();
    await screenshot('dead-letters');
    await deadLetterMessages.first().getByRole('link').click();
    await page.getByRole('heading', { name: 'In the table now' }).waitFor();
    const key = await page.locator('h2.id').textContent();
    await repairAll(system, key ?? '');
    await screenshot('dead-letter');
    await page.getByRole('button', { name: 'Replay' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: 'The dead letter was deleted from the queue' })
      .waitFor();
    await page.getByRole('link', { name: 'All dead letters' }).click();
    await rows().first().waitFor();
  });

  it('is walked through by the keyboard alone', async () => {
    await open('throughput');
    await page.keyboard.press('Tab');
    await textOf(page.locator(':focus')).toBe('Skip to content');
    await page.keyboard.press('/');
    await page.locator('input[type=search]:focus').waitFor();
    // What was found of the word's beginning may be shown before.
    const answered = page.waitForResponse((response) => response.url().endsWith('q=chair'));
    await page.keyboard.type('chair');
    await answered;
    await page.locator('.found[aria-busy=false] mark').first().waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const order = await rows().first().locator('a').textContent();
    await textOf(page.locator(':focus')).toBe(order);
    await page.keyboard.press('Enter');
    await page
      .getByRole('heading', { level: 1 })
      .filter({ hasText: order ?? '' })
      .waitFor();
    await page.goBack();
    await page.locator('mark').first().waitFor();
  });

  it('says what failed and goes on showing what it knew', async () => {
    await open('throughput');
    await rows().first().waitFor();
    const complaintsBefore = complaints.length;
    await page.route('**/api/ops/throughput', (route) => route.abort());
    await page.getByRole('alert').filter({ hasText: 'What is shown is from' }).waitFor();
    await expect.poll(() => rows().count()).toBeGreaterThan(0);
    await page.unroute('**/api/ops/throughput');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    // Chromium itself complains of each request that was aborted.
    complaints.splice(complaintsBefore);
  });

  const VIEWS = ['throughput', 'orders', 'dead-letters', 'stock'];

  it.each(['light', 'dark'] as const)('can be read in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    for (const view of [...VIEWS, await timelineOf('confirmed')]) {
      await open(view);
      await page.locator('main :is(tbody tr, section)').first().waitFor();
      await expect.poll(() => faintTexts(page), { message: view }).toEqual([]);
      await expect.poll(() => structureFaults(page), { message: view }).toEqual([]);
    }
    if (colorScheme === 'dark') await screenshot('timeline-dark');
  });

  it('keeps the theme that was chosen', async () => {
    await open('stock');
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByLabel('Theme').selectOption('dark');
    // The page shows a choice a moment after it was made.
    await expect.poll(ground).not.toBe(light);
    await page.reload();
    await expect.poll(ground).not.toBe(light);
  });

  it('fits a phone', async () => {
    await page.setViewportSize(PHONE);
    for (const view of [...VIEWS, await timelineOf('confirmed')]) {
      await open(view);
      await page.locator('main :is(tbody tr, section)').first().waitFor();
      await expect.poll(() => overflow(page), { message: view }).toBeLessThanOrEqual(0);
      if (view === 'orders') await screenshot('phone');
    }
  });
});
