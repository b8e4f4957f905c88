import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { startLocalConsole } from '../../../infra/local/console/local-console.ts';
import { type LocalSystem, startLocalSystem } from '../../../infra/local/system/local-system.ts';
import { findChromium, launchChromium } from './chromium.ts';
import { axeFaults, faintTexts, overflow, structureFaults } from './page-checks.ts';
import { fillShop, ordersIn, repairAll } from './shop.ts';

/** A function's first call is slow on a busy machine. */
const WAIT_MS = 60_000;
const DESK = { width: 1_200, height: 800 };
const PHONE = { width: 360, height: 740 };
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
  const section = (name: string | RegExp) => page.getByRole('region', { name });
  /** The path of the timeline of an order of that status. */
  const timelineOf = async (status: string): Promise<string> => {
    const order = (await ordersIn(system)).find((one) => one.status === status);
    return `orders/${order?.userId}/${order?.orderId}`;
  };
  /** Has searches answer as they do, but for what `changed` says. */
  const answerSearches = (changed: object): Promise<unknown> =>
    page.route(/\/api\/search\/orders(?:\?|$)/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), ...changed } });
    });
  it('shows how the system is: both consumers, every sink, the lag and the throughput', async () => {
    await open('overview');
    const consumers = section('Consumers').locator('tbody tr');
    for (const consumer of ['order-events', 'search-index'])
      await consumers.filter({ hasText: consumer }).filter({ hasText: 'running' }).waitFor();
    for (const sink of ['Table', 'Operations table', 'SNS topic', 'OpenSearch', 'Dead-letter queues'])
      await page
        .getByRole('list', { name: 'Sinks' })
        .getByText(new RegExp(`^${sink} .*responds`))
        .waitFor();
    for (const chart of ['Lag', 'Records a second'])
      for (const consumer of ['order-events', 'search-index'])
        await section(chart).locator('.legend').getByText(consumer).waitFor();
  });

  it('finds orders, shows where, and narrows them by facets', async () => {
    await open('orders');
    await page.getByRole('combobox', { name: /^Search orders/ }).fill('chair');
    await page.locator('mark').first().waitFor();
    await textOf(page.locator('mark').first()).toMatch(/^chair/i);
    // Closes the suggestions, which are above the facets.
    await page.keyboard.press('Escape');
    const category = page.getByRole('group', { name: 'Category' }).getByRole('button').nth(1);
    const chosen = Number(/\d+$/.exec((await category.textContent()) ?? '')?.[0]);
    await category.click();
    await expect.poll(() => rows().count()).toBe(chosen);
    await expect.poll(() => page.url()).toContain('q=chair&category=');
  });

  it('suggests products, and helps with an empty result', async () => {
    await open('orders');
    await page.getByRole('combobox', { name: /^Search orders/ }).fill('chai');
    await page
      .getByRole('option', { name: /chair.* Product$/i })
      .first()
      .waitFor();
    await open('orders?q=chair&totalMin=999999999');
    await page.getByText('No order matches.').waitFor();
    await page.getByRole('link', { name: /^Without total from/ }).click();
    await page.locator('mark').first().waitFor();
  });

  it("lets a shop's user search the products and their own orders, with their own token", async () => {
    const [{ userId } = { userId: '' }] = await ordersIn(system);
    const own = (await ordersIn(system)).filter((order) => order.userId === userId);
    await page.goto(`${operators.url}/shop`);
    await page.getByLabel('Your token').fill(await system.token(userId));
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: 'Products' }).getByRole('listitem').first().waitFor();
    await page.getByRole('combobox', { name: /^Search products/ }).fill('chair');
    await page.keyboard.press('Enter');
    await page.locator('mark').first().waitFor();
    await page.getByRole('link', { name: 'My orders' }).click();
    await expect
      .poll(async () => (await rows().locator('[data-row]').allTextContents()).toSorted())
      .toEqual(own.map(({ orderId }) => orderId).toSorted());
    await rows().first().getByRole('link').click();
    await section('Products').locator('tbody tr').first().waitFor();
    await expect.poll(() => axeFaults(page)).toEqual([]);
  });

  it('lists the orders of a status', async () => {
    await open('orders');
    await page
      .getByRole('group', { name: 'Status' })
      .getByRole('button', { name: /^cancelled/ })
      .click();
    await expect.poll(() => rows().locator('.pill').allTextContents()).toEqual(['! cancelled']);
  });

  it('says how far the index is behind, and what one that is late may lack', async () => {
    const reported = page.locator('main caption');
    await open('orders');
    await reported.getByText(/found.* The index is \d+ (s|min) behind the table\.$/).waitFor();

    await answerSearches({ index: { lagSeconds: 720, measuredAt: '2026-11-25T12:00:00.000Z' } });
    await page.reload();
    await reported
      .getByText(/12 min behind the table\. What was written after 25 Nov 2026.* UTC may be missing\./)
      .waitFor();
    await expect.poll(() => faintTexts(page)).toEqual([]);

    await answerSearches({ index: undefined });
    await page.reload();
    await reported.getByText('How far the index is behind the table is not known.').waitFor();
  });

  it('shows the timeline of an order: each version by its effects', async () => {
    await open(await timelineOf('delivered'));
    const versions = page.locator('.matrix tbody tr');
    await expect.poll(() => versions.count()).toBe(4);
    await textOf(versions).toMatch(/placed.*order\.placed.*confirmed.*order\.status-changed.*delivered/s);
    await textOf(versions.locator('[data-label="Events on SNS"]')).toMatch(/^(✓ published.*\n?){4}$/);
    await textOf(section('Reservation')).toContain('reserved');
    await textOf(section('Search document')).toContain('at the version of the table');
  });

  it('shows what is left of an order that was deleted', async () => {
    await open(`orders/${deleted.userId}/${deleted.orderId}`);
    await section('Now').getByText('The order was removed from the table.').waitFor();
    await page.getByText('order.removed').waitFor();
    await page.getByText('The index has none.').waitFor();
  });

  it('shows the products that are running out', async () => {
    await open('stock');
    await page.getByLabel('Products with fewer pieces than').fill('3');
    // What is typed stays while the products are read again, and shown.
    for (let n = 0; n < 2; n += 1) await page.waitForResponse(/\/api\/products\?/);
    await page.keyboard.press('Enter');
    await rows().first().waitFor();
    await expect.poll(() => page.url()).toContain('below=3');
  });

  it('shows a dead letter, and replays it once its item is taken away', async () => {
    await open('dead-letters?consumer=search-index&reason=contract-violation&entity=Order');
    await page.locator('table.dead-letters [data-row]').first().click();
    const panel = page.getByRole('complementary', { name: /Dead letter/ });
    await panel.getByText('In the table now').first().waitFor();
    const key = await panel.locator('h4.id').first().textContent();
    await repairAll(system, key ?? '');
    await panel.getByRole('button', { name: 'Replay (1)…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/Dry run of 1 dead letter.*1 item deleted/).waitFor();
    await page.getByRole('button', { name: 'Start replay' }).click();
    await dialog.getByText(/^1 replayed\.|1 item deleted\./).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await panel
      .locator('.attempts')
      .getByText(/replayed|item deleted/)
      .first()
      .waitFor();
    await open('activity');
    await rows().filter({ hasText: 'replay' }).filter({ hasText: 'console' }).first().waitFor();
  });

  it('is walked through by the keyboard alone', async () => {
    await open('stock');
    await page.keyboard.press('Tab');
    await textOf(page.locator(':focus')).toBe('Skip to content');
    await page.keyboard.press('/');
    await page.locator('input[role=combobox]:focus').waitFor();
    // What was found of the word's beginning may be shown before.
    const answered = page.waitForResponse((response) => response.url().endsWith('q=chair'));
    await page.keyboard.type('chair');
    await answered;
    await page.locator('.found[aria-busy=false] mark').first().waitFor();
    // Without its suggestions the field leaves the arrows to the hits.
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const order = await rows().first().locator('[data-row]').textContent();
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
    await open('overview');
    await rows().first().waitFor();
    const complaintsBefore = complaints.length;
    await page.route('**/api/ops/status', (route) => route.abort());
    const notice = page.locator('.notice').filter({ hasText: 'The status could not be read.' });
    await notice.filter({ hasText: 'What is shown is from' }).waitFor();
    await expect.poll(() => rows().count()).toBeGreaterThan(0);
    await page.unroute('**/api/ops/status');
    await notice.getByRole('button', { name: 'Try again' }).click();
    await notice.waitFor({ state: 'detached' });
    // Chromium itself complains of each request that was aborted.
    complaints.splice(complaintsBefore);
  });

  const VIEWS = ['overview', 'orders', 'dead-letters', 'stock', 'activity'];

  it.each(['light', 'dark'] as const)('can be read in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    for (const view of [...VIEWS, await timelineOf('confirmed')]) {
      await open(view);
      await page.locator('main :is(tbody tr, section, .empty)').first().waitFor();
      await expect.poll(() => faintTexts(page), { message: view }).toEqual([]);
      await expect.poll(() => structureFaults(page), { message: view }).toEqual([]);
      await expect.poll(() => axeFaults(page), { message: view }).toEqual([]);
    }
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
      await page.locator('main :is(tbody tr, section, .empty)').first().waitFor();
      await expect.poll(() => overflow(page), { message: view }).toBeLessThanOrEqual(0);
    }
  });
});
