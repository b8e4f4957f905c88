import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { consolePage, shopPage } from '../../../infra/local/console/page.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { findChromium } from './chromium.ts';
import { axeFaults, faintTexts, overflow, structureFaults } from './page-checks.ts';
import { orderIdOf, THREE_CAUSES } from './stub/dead-letter-store.ts';
import { holdTimers, painted, releaseTimersAfter } from './stub/held-timers.ts';
import { LONG_WORD, ORDERS } from './stub/pages.ts';
import { button, DESK, PHONE, rowsOf, StubConsole } from './stub/stub-console.ts';

const found = findChromium();
const ULID = orderIdOf(7);

describe.each([
  { name: 'the console', built: consolePage, gzippedKilobytesMax: 100 },
  { name: "the shop's page", built: shopPage, gzippedKilobytesMax: 40 },
])('$name', ({ built, gzippedKilobytesMax }) => {
  it(`has at most ${gzippedKilobytesMax} KB gzipped`, async () => {
    const files = [...(await built())].filter(([path]) => path !== '/runbook.md');
    const bytes = files.reduce((sum, [, { body }]) => sum + gzipSync(body).length, 0);
    expect(bytes).toBeLessThanOrEqual(gzippedKilobytesMax * 1_000);
  });
});

describe.skipIf('missing' in found)("the console's page in Chromium", () => {
  let stub: StubConsole;
  let page: Page;
  let views: readonly string[];
  beforeAll(async () => {
    stub = await StubConsole.start(found);
  });
  afterAll(() => stub?.stop());
  beforeEach(async () => {
    stub.api.reset(THREE_CAUSES, 'search-down');
    const [{ id = '' } = {}, other] = stub.api.store.page({}, 2, 0).deadLetters;
    stub.api.store.replay({ ids: other && [other.id], startedAt: new Date().toISOString(), dryRun: false });
    views = [
      'overview',
      'orders?q=chair&status=placed&from=2026-01-01',
      'orders?q=nothing&status=placed',
      `orders/ada/${ORDERS.retried}`,
      `orders/ada/${orderIdOf(1)}`,
      'dead-letters',
      `dead-letters/${id}`,
      'dead-letters?state=ended',
      'dead-letters?text=nothing',
      'stock',
      'activity',
      'runbook',
      'runbook/searchindexlagging',
      'nowhere',
    ];
    page = await stub.newPage();
  });
  afterEach(async () => {
    await page.close();
    expect(stub.complaints.splice(0)).toEqual([]);
  });
  const focused = () => page.locator(':focus');
  /** Waits until a view shows what it is for. */
  const openFilled = async (view: string) => {
    await stub.open(page, view);
    await page.locator('main :is(tbody tr, .card, .empty, article, .contents):visible').first().waitFor();
    await page.locator('.loading').first().waitFor({ state: 'detached' });
  };

  it.each(['light', 'dark'] as const)('is accessible in each view, %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    for (const view of views) {
      await openFilled(view);
      await expect.poll(() => faintTexts(page), { message: view }).toEqual([]);
      await expect.poll(() => structureFaults(page), { message: view }).toEqual([]);
      await expect.poll(() => axeFaults(page), { message: view }).toEqual([]);
    }
  });

  it('is accessible and no wider than a phone in each view', async () => {
    await page.setViewportSize(PHONE);
    for (const view of views) {
      await openFilled(view);
      await expect.poll(() => overflow(page), { message: view }).toBeLessThanOrEqual(0);
      await expect.poll(() => axeFaults(page), { message: view }).toEqual([]);
    }
  });

  it('is accessible with a dialog open', async () => {
    await openFilled('dead-letters');
    await page.getByLabel('All causes').check();
    for (const name of [/^Replay \(300\)/, /^Purge \(300\)/]) {
      await button(page, name).first().click();
      await page.getByRole('dialog').locator('input').waitFor();
      await expect.poll(() => axeFaults(page)).toEqual([]);
      await page.keyboard.press('Escape');
    }
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /A view/ }).waitFor();
    await expect.poll(() => axeFaults(page)).toEqual([]);
  });

  it('breaks long words, on a phone too', async () => {
    await page.setViewportSize(PHONE);
    for (const view of [
      `orders/ada/${ORDERS.long}`,
      'orders?q=long',
      'stock',
      `dead-letters?text=${LONG_WORD.slice(0, 200)}`,
    ]) {
      await openFilled(view);
      await expect.poll(() => overflow(page), { message: view }).toBeLessThanOrEqual(0);
    }
  });

  it('comes compressed, and its assets are kept by the browser', async () => {
    await page.goto(stub.url);
    const script = (await page.locator('script[src]').getAttribute('src')) ?? '';
    const asset = await fetch(new URL(script, stub.url));
    expect(asset.headers.get('content-encoding')).toBe('gzip');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    const index = await fetch(stub.url);
    const again = await fetch(stub.url, { headers: { 'if-none-match': index.headers.get('etag') ?? '' } });
    expect([index.status, again.status]).toEqual([200, 304]);
  });

  it('goes to a view, an order and a dead letter by the palette', async () => {
    await openFilled('stock');
    const go = async (text: string, option: string | RegExp) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: /A view/ }).fill(text);
      await page.getByRole('option', { name: option, selected: true }).waitFor();
      await page.keyboard.press('Enter');
    };
    await go('activ', /^Activity log/);
    await page.getByRole('heading', { level: 1, name: 'Activity log' }).waitFor();
    const id = stub.api.store.page({}, 1, 0).deadLetters[0]?.id ?? '';
    await go(id, /Dead letter$/);
    await page.getByRole('complementary', { name: /Dead letter/ }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /A view/ }).fill(ULID);
    await page.getByRole('option', { name: /Order of ada/ }).click();
    await page.getByRole('heading', { level: 1, name: `Order ${ULID}` }).waitFor();
    await expect.poll(() => page.title()).toBe(`${ULID} · Orders · order-stream`);
  });

  it.each([`ada/${ULID.toLowerCase()}`, ` ada / ${ULID}.`])(
    'goes by the palette to the order that %j names',
    async (text) => {
      await openFilled('stock');
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: /A view/ }).fill(text);
      await page.getByRole('option', { name: 'Order of ada', selected: true }).waitFor();
      await page.keyboard.press('Enter');
      await expect.poll(() => new URL(page.url()).hash).toBe(`#/orders/ada/${ULID}`);
    },
  );

  it('offers no order in the palette of what is no user', async () => {
    await openFilled('stock');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /A view/ }).fill(`USER#ada / ORDER#${ULID}`);
    await page.getByRole('option', { name: /Filter$/ }).waitFor();
    await expect.poll(() => page.getByRole('option', { name: 'Order of USER#ada' }).count()).toBe(0);
  });

  it('searches for a product by its sku where its name is longer than a search may be', async () => {
    await openFilled('stock');
    const links = rowsOf(page).locator('[data-row]');
    await expect
      .poll(() => links.evaluateAll((all) => all.map((one) => one.getAttribute('href'))))
      .toEqual(expect.arrayContaining(['#/orders?q=Oak+chair', '#/orders?q=EMO-2']));
  });

  it('gives the focus back when a dialog closes', async () => {
    await openFilled('activity');
    await button(page, /go to/).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => focused().textContent()).toContain('go to');
  });

  it('closes a dialog by a click beside it', async () => {
    await openFilled('activity');
    await button(page, /go to/).click();
    await page.getByRole('dialog').waitFor();
    await page.mouse.click(5, 5);
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('keeps a dialog open when a drag that began in it ends beside it', async () => {
    await openFilled('activity');
    await button(page, /go to/).click();
    await page.getByRole('dialog').getByRole('heading').hover();
    await page.mouse.down();
    await page.mouse.move(5, 5);
    await page.mouse.up();
    await painted(page);
    await expect.poll(() => page.getByRole('dialog').count()).toBe(1);
  });

  it('lists its keys by ?', async () => {
    await openFilled('stock');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('Next row').waitFor();
  });

  it('is walked through by the keyboard, and returns to the row that was opened', async () => {
    await openFilled('overview');
    await page.keyboard.press('/');
    await page.locator('input[role=combobox]:focus').waitFor();
    await page.keyboard.type('chair');
    await page.getByRole('listbox', { name: 'Suggestions' }).waitFor();
    await page.locator('.found[aria-busy=false] mark').first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    const order = (await rowsOf(page).nth(1).locator('a').first().textContent()) ?? '';
    await expect.poll(() => focused().textContent()).toBe(order);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: `Order ${order}` }).waitFor();
    await page.goBack();
    await expect.poll(() => focused().textContent()).toBe(order);
  });

  it('returns to the row that was opened also by a Back that follows at once', async () => {
    await openFilled('orders?q=chair');
    const link = rowsOf(page).nth(1).locator('a').first();
    const order = (await link.textContent()) ?? '';
    await link.focus();
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const goBack = new MutationObserver(() => {
            if (document.querySelector('h1')?.textContent.startsWith('Order ') !== true) return;
            goBack.disconnect();
            addEventListener('hashchange', () => resolve(), { once: true });
            history.back();
          });
          goBack.observe(document.body, { childList: true, subtree: true, characterData: true });
          if (document.activeElement instanceof HTMLElement) document.activeElement.click();
        }),
    );
    await expect.poll(() => focused().textContent()).toBe(order);
  });

  it.each([
    { where: 'in the search field that the reader went to', view: 'orders?q=chair', key: 'Shift' },
    { where: 'in the search field that the reader types in', view: 'orders?focus=search', key: 'c' },
  ])('leaves the focus $where while the row that was opened is not there yet', async ({ view, key }) => {
    await holdTimers(page, 250);
    await openFilled(view);
    await rowsOf(page).nth(1).locator('a').first().click();
    await page.getByRole('heading', { level: 1, name: /^Order / }).waitFor();
    const held = Promise.withResolvers<void>();
    await page.route('**/api/search/orders*', (route) => held.promise.then(() => route.continue()));
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor();
    const field = page.getByRole('combobox', { name: /^Search orders/ });
    // The view gives the focus itself first.
    await painted(page);
    await field.focus();
    await page.keyboard.press(key);
    held.resolve();
    await rowsOf(page).first().waitFor();
    await expect.poll(() => focused().getAttribute('role')).toBe('combobox');
  });

  it('opens the next dead letter by j while one is open', async () => {
    await openFilled('dead-letters');
    const ids = page.locator('table.dead-letters [data-row]');
    await ids.first().click();
    await page.getByRole('complementary', { name: /Dead letter/ }).waitFor();
    const second = (await ids.nth(1).getAttribute('title')) ?? '';
    await page.keyboard.press('j');
    await expect.poll(() => page.url()).toContain(second);
  });

  it("shows every time with its zone, in UTC or in the reader's own", async () => {
    await openFilled(`orders/ada/${ORDERS.delivered}`);
    const times = page.locator('.matrix time');
    await expect
      .poll(async () => (await times.allTextContents()).every((text) => text.endsWith(' UTC')))
      .toBe(true);
    const exact = await times.first().getAttribute('title');
    expect(exact).toMatch(/\d{4}, \d\d:\d\d:\d\d\.\d{3} UTC, .* ago$/);
    await page.getByLabel('Time zone').selectOption('local');
    await page.reload();
    await page.locator('.matrix time').first().waitFor();
    await expect.poll(() => page.getByLabel('Time zone').inputValue()).toBe('local');
  });

  it.each([
    { view: 'orders', typingMs: 250 },
    { view: 'dead-letters', typingMs: 300 },
  ])(
    'does not search in $view for what was typed there, once another view is chosen',
    async ({ view, typingMs }) => {
      await holdTimers(page, typingMs);
      await openFilled(view);
      await page.locator('main :is(input[type=search], input[role=combobox])').fill('desk');
      const address = await releaseTimersAfter(page, '#/stock');
      expect(address).toBe('#/stock');
      await page.getByRole('heading', { level: 1, name: 'Stock' }).waitFor();
    },
  );

  it('keeps the theme that was chosen', async () => {
    await openFilled('stock');
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByLabel('Theme').selectOption('dark');
    await expect.poll(ground).not.toBe(light);
    await page.reload();
    await expect.poll(ground).not.toBe(light);
  });

  it('copies a command, and says so', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await openFilled('overview');
    await button(page, 'Copy command').first().click();
    await page.getByText('Copied').waitFor();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toBe('npm run ops -- status');
  });

  it('says what a view holds when it holds nothing', async () => {
    stub.api.reset();
    for (const [view, text] of [
      ['dead-letters', 'There are no dead letters.'],
      ['dead-letters?state=parked', 'None is parked'],
      ['stock?below=1', 'No product has fewer pieces than 1.'],
      ['orders?q=nothing', 'No order matches.'],
    ] as const) {
      await stub.open(page, view);
      await page.getByText(text).first().waitFor();
    }
  });

  it.runIf(process.env['MODE'] === 'screenshots')('takes the pictures of the documents', async () => {
    const folder = join(PROJECT_ROOT, 'docs', 'screenshots');
    const { id = '', order } = stub.api.store.page({}, 1, 0).deadLetters[0] ?? {};
    const pictures = [
      { name: 'overview', view: 'overview', height: 1_690 },
      { name: 'overview-dark', view: 'overview', height: 900, dark: true },
      { name: 'dead-letters', view: 'dead-letters', height: 900 },
      { name: 'dead-letter', view: `dead-letters/${id}`, height: 1_000 },
      { name: 'order', view: `orders/ada/${ORDERS.retried}`, height: 800 },
      { name: 'malformed-order', view: `orders/ada/${order?.orderId}`, height: 900, dark: true },
      { name: 'orders', view: 'orders?q=chair', height: 900 },
      { name: 'phone', view: 'overview', ...PHONE },
    ];
    for (const { name, view, dark = false, ...viewport } of pictures) {
      await page.setViewportSize({ ...DESK, ...viewport });
      await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
      await openFilled(view);
      await page.screenshot({ path: join(folder, `${name}.png`) });
    }
  });
});
