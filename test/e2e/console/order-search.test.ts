import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SuggestResult } from '../../../contracts/api/search.ts';
import { findChromium } from './chromium.ts';
import { axeFaults } from './page-checks.ts';
import { orderIdOf, THREE_CAUSES } from './stub/dead-letter-store.ts';
import { holdTimers, releaseTimers } from './stub/held-timers.ts';
import { MANY, MISSPELT, NOTHING } from './stub/search-pages.ts';
import { button, rowsOf, StubConsole } from './stub/stub-console.ts';

const found = findChromium();

describe.skipIf('missing' in found)('the search for orders in the console', () => {
  let stub: StubConsole;
  let page: Page;
  beforeAll(async () => {
    stub = await StubConsole.start(found);
  });
  afterAll(() => stub?.stop());
  beforeEach(async () => {
    stub.api.reset(THREE_CAUSES);
    page = await stub.newPage();
  });
  afterEach(async () => {
    await page.close();
    expect(stub.complaints.splice(0)).toEqual([]);
  });
  const field = () => page.getByRole('combobox', { name: /^Search orders/ });
  const options = () => page.getByRole('listbox', { name: 'Suggestions' }).getByRole('option');
  const chips = () => page.locator('.chip').allTextContents();
  const parameters = () => new URLSearchParams(new URL(page.url()).hash.split('?')[1] ?? '').toString();
  const hits = async () => page.locator('main .found[aria-busy=false] [data-row]').allTextContents();
  const requests = (path: string) => stub.api.requests.filter(({ url }) => url.startsWith(path));
  const open = async (query = '') => {
    await stub.open(page, `orders${query}`);
    await page.locator('main :is(tbody tr, .empty)').first().waitFor();
  };

  it('shows to whom an order goes, its first product, and how many more there are', async () => {
    await open();
    const cells = rowsOf(page).nth(1).locator('td');
    await expect
      .poll(async () => (await cells.allTextContents()).slice(0, 4))
      .toEqual([orderIdOf(2), 'Grace Hopper grace', 'Party 🎉 Hat 🎩 deluxe +1 more', '· confirmed']);
    await rowsOf(page).nth(1).getByRole('link', { name: 'grace' }).click();
    await expect.poll(chips).toEqual(['user grace × (remove)']);
  });

  it('marks what was searched for where it stands, and in a column of its own what is not in the row', async () => {
    await open('?q=chair');
    await expect.poll(() => rowsOf(page).nth(1).locator('[data-label=Products] mark').count()).toBe(1);
    await expect
      .poll(() => rowsOf(page).first().locator('[data-label="Found in"]').textContent())
      .toBe('Dresden found');
  });

  it('is narrowed by several statuses and categories; each has a chip that removes it', async () => {
    await open();
    await button(page, /^delivered/).click();
    await page.getByRole('link', { name: /^status delivered/ }).waitFor();
    await button(page, /^rejected/).click();
    await page.getByRole('link', { name: /^status rejected/ }).waitFor();
    await button(page, /^Party/).click();
    await expect
      .poll(chips)
      .toEqual(['status delivered × (remove)', 'status rejected × (remove)', 'category Party × (remove)']);
    await expect.poll(parameters).toBe('status=delivered&status=rejected&category=Party');
    await expect
      .poll(async () => new Set(await rowsOf(page).locator('.pill').allTextContents()))
      .toEqual(new Set(['✓ delivered']));
    await page.getByRole('link', { name: /^status delivered/ }).click();
    await expect.poll(parameters).toBe('category=Party&status=rejected');
    await page.getByRole('link', { name: 'Remove all' }).click();
    await expect.poll(parameters).toBe('');
  });

  it('is narrowed by days and amounts, and sorted', async () => {
    await open();
    await page.getByLabel('Placed from').fill('2026-01-01');
    await page.getByLabel('Placed to').fill('2099-12-31');
    await page.getByLabel('Total from').fill('1000.5');
    await page.getByLabel('Total to').fill('3000');
    await page.keyboard.press('Enter');
    await page.getByLabel('Sort by').selectOption('highest total');
    await expect
      .poll(parameters)
      .toBe('from=2026-01-01&to=2099-12-31&totalMin=100050&totalMax=300000&sort=total%3Adesc');
    await expect
      .poll(chips)
      .toEqual([
        'from 2026-01-01 × (remove)',
        'to 2099-12-31 × (remove)',
        'total from 1000.50 × (remove)',
        'total to 3000.00 × (remove)',
      ]);
    await expect
      .poll(() => rowsOf(page).first().locator('[data-label=Total]').textContent())
      .toBe('€2,972.79');
  });

  it('shows no amount that was typed and not taken once its filter is removed', async () => {
    await open();
    const from = page.getByLabel('Total from');
    await from.fill('10');
    await from.press('Enter');
    await expect.poll(() => from.inputValue()).toBe('10.00');
    await from.fill('-5');
    await page.getByRole('link', { name: /^total from/ }).click();
    await expect.poll(() => from.inputValue()).toBe('');
  });

  it('goes from page to page and Back, and keeps the number and the facets of the first', async () => {
    await open();
    await page.getByText('44 found, page 1.').waitFor();
    const next = page.getByRole('link', { name: 'Next page' });
    await next.click();
    await expect.poll(async () => (await hits())[0]).toBe(orderIdOf(21));
    await next.click();
    await expect.poll(hits).toEqual([41, 42, 43, 44].map(orderIdOf));
    await page.getByText('44 found, page 3.').waitFor();
    await button(page, /^placed \d/).waitFor();
    await expect.poll(() => next.count()).toBe(0);
    await page.goBack();
    await expect.poll(async () => (await hits())[0]).toBe(orderIdOf(21));
    await page.getByRole('link', { name: 'Previous page' }).click();
    await expect.poll(async () => (await hits())[0]).toBe(orderIdOf(1));
    await expect.poll(parameters).toBe('');
  });

  it.each([
    ['is not known on a later page that is opened first', '?category=Party&page=2&nextToken=5', 'Party'],
    ['may be beyond the most frequent values', `?q=${MANY}&category=Party`, 'Party'],
    ['is zero where all values are known', '?category=Garden', 'Garden 0'],
  ])('the number of a chosen value %s', async (_, query, words) => {
    await open(query);
    const chosen = page.getByRole('group', { name: 'Category' }).locator('button[aria-pressed=true]');
    await expect.poll(async () => (await chosen.textContent())?.trim()).toBe(words);
  });

  it('begins at the first page when a filter changes', async () => {
    await open();
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.getByText('page 2.').waitFor();
    await button(page, /^placed/).click();
    await expect.poll(parameters).toBe('status=placed');
  });

  it('shares a search by a link that leads to its first page: a page token is for its caller alone', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await open('?q=chair');
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.getByText('44 found, page 2.').waitFor();
    await button(page, 'Copy link').click();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toBe(`${stub.url}/#/orders?q=chair`);
  });

  it('shows its page again when it is reloaded, and leads from there to the first', async () => {
    await open('?page=3&nextToken=40');
    await expect.poll(hits).toEqual([41, 42, 43, 44].map(orderIdOf));
    await page.getByRole('link', { name: 'First page' }).click();
    await page.getByText('44 found, page 1.').waitFor();
  });

  it('says that a link of a page has expired, and leads to the first', async () => {
    stub.api.hasExpiredPages = true;
    await stub.open(page, 'orders?q=chair&page=2&nextToken=20');
    await page.getByText('The link of a page is valid for an hour.').waitFor();
    await page.getByRole('link', { name: 'First page' }).click();
    await page.getByText('44 found, page 1.').waitFor();
  });

  it('says no more of a page that the API cannot read than that it tries again', async () => {
    stub.api.isDown = true;
    await stub.open(page, 'orders?q=chair&page=2&nextToken=20');
    const notice = page.locator('.notice').filter({ hasText: 'The search could not be read.' });
    await notice.waitFor();
    await expect.poll(() => page.getByText('valid for an hour').count()).toBe(0);
    stub.api.isDown = false;
    await notice.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(async () => (await hits())[0]).toBe(orderIdOf(21));
  });

  it('shows no hits of the search before under a filter whose request failed', async () => {
    await open();
    stub.api.isDown = true;
    await button(page, /^delivered/).click();
    await page.getByRole('alert').getByText('The search could not be read.').waitFor();
    await expect.poll(chips).toEqual(['status delivered × (remove)']);
    await expect.poll(() => rowsOf(page).count()).toBe(0);
    await expect.poll(() => page.getByText('44 found').count()).toBe(0);
  });

  it('has one entry in the history for a text that is typed, and one for each filter', async () => {
    await open();
    await field().pressSequentially('chai', { delay: 5 });
    await expect.poll(parameters).toBe('q=chai');
    await field().pressSequentially('r');
    await expect.poll(parameters).toBe('q=chair');
    await page.keyboard.press('Tab');
    await button(page, /^placed/).click();
    await expect.poll(parameters).toBe('q=chair&status=placed');
    await page.goBack();
    await expect.poll(parameters).toBe('q=chair');
    await page.goBack();
    await expect.poll(parameters).toBe('');
    await expect.poll(() => field().inputValue()).toBe('');
    await expect.poll(chips).toEqual([]);
  });

  it('has no entry in the history for the blanks around a text of its address', async () => {
    await holdTimers(page, 250);
    await open('?q=Chair+');
    await releaseTimers(page);
    await expect.poll(() => field().inputValue()).toBe('Chair ');
    expect(parameters()).toBe('q=Chair+');
  });

  it('says that the hits have similar words only', async () => {
    await open(`?q=${MISSPELT}`);
    await page.getByText(`Nothing has the words of “${MISSPELT}”. These hits have similar words.`).waitFor();
    await open('?q=chair');
    await expect.poll(() => page.getByText('similar words').count()).toBe(0);
  });

  it('helps where nothing is found: other words, and the filters without which there is something', async () => {
    await open(`?q=${NOTHING}&status=placed&userId=ada`);
    await page.getByText('No order matches.').waitFor();
    await expect.poll(() => axeFaults(page)).toEqual([]);
    await page.getByRole('link', { name: `Without text ${NOTHING}` }).waitFor();
    await page.getByRole('link', { name: 'oak chair', exact: true }).click();
    await expect.poll(parameters).toBe('status=placed&userId=ada&q=oak+chair');
    await expect.poll(() => field().inputValue()).toBe('oak chair');
    await open('?status=cancelled&status=rejected&totalMin=900000');
    await page.getByText('Without total from 9000.00 (14)').waitFor();
    await page.getByRole('link', { name: 'Without total from 9000.00' }).click();
    await expect.poll(() => rowsOf(page).count()).toBe(14);
    await expect.poll(parameters).toBe('status=cancelled&status=rejected');
  });

  it('suggests what is typed: a product searches for its name', async () => {
    await open();
    await field().fill('oa');
    await expect
      .poll(() => options().allTextContents())
      .toEqual(['Oak chair Product', 'Oak table Product', `${orderIdOf(7)} Order`, 'Grace Hopper User']);
    await expect.poll(() => axeFaults(page)).toEqual([]);
    await expect.poll(() => field().getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.getByRole('option', { name: 'Oak table Product', selected: true }).waitFor();
    const active = await field().getAttribute('aria-activedescendant');
    expect(active).toBe(await options().nth(1).getAttribute('id'));
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await expect.poll(parameters).toBe('q=Oak+chair');
    await expect.poll(() => field().inputValue()).toBe('Oak chair');
    await expect.poll(() => options().count()).toBe(0);
  });

  it('asks for no suggestions after Esc, until the reader types again', async () => {
    await holdTimers(page, 250);
    await open();
    await field().fill('oak');
    await page.keyboard.press('Escape');
    await releaseTimers(page);
    await expect.poll(parameters).toBe('q=oak');
    await expect.poll(async () => (await hits()).length).toBeGreaterThan(0);
    await expect.poll(() => requests('/search/suggest').length).toBe(0);
    await field().fill('oa');
    await releaseTimers(page);
    await options().first().waitFor();
  });

  it('chooses nothing that the reader did not choose when other suggestions come', async () => {
    await holdTimers(page, 250);
    await open();
    await field().fill('oa');
    await releaseTimers(page);
    await options().first().waitFor();
    const held = Promise.withResolvers<void>();
    await page.route('**/api/search/suggest?q=oak*', async (route) => {
      const { suggestions, ...rest } = SuggestResult.parse(await (await route.fetch()).json());
      await held.promise;
      await route.fulfill({ json: { ...rest, suggestions: suggestions.toReversed() } });
    });
    await field().fill('oak');
    await releaseTimers(page);
    await expect.poll(parameters).toBe('q=oak');
    await page.keyboard.press('ArrowDown');
    await page.getByRole('option', { name: 'Oak chair Product', selected: true }).waitFor();
    held.resolve();
    await expect.poll(() => options().first().textContent()).toBe('Grace Hopper User');
    const selected = options().and(page.getByRole('option', { selected: true }));
    await expect.poll(() => selected.count()).toBe(0);
    await page.keyboard.press('Enter');
    await expect.poll(() => options().count()).toBe(0);
    expect(parameters()).toBe('q=oak');
  });

  it('searches for the sku of a suggested product whose name is longer than a search may be', async () => {
    await open();
    await field().fill('long');
    await options().first().click();
    await expect.poll(parameters).toBe('q=EMO-9');
    await expect.poll(() => field().inputValue()).toBe('EMO-9');
  });

  it('goes to an order, or to the orders of a user, that was suggested', async () => {
    await open();
    await field().fill('grace');
    await options().last().click();
    await expect.poll(chips).toEqual(['user grace × (remove)']);
    await expect.poll(() => field().inputValue()).toBe('');
    await field().fill('000');
    await options().nth(2).click();
    await page.getByRole('heading', { level: 1, name: `Order ${orderIdOf(7)}` }).waitFor();
  });

  it('closes the suggestions by Esc, and goes from the last one to the first hit', async () => {
    await open();
    await field().fill('oak');
    await options().first().waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => options().count()).toBe(0);
    await expect.poll(() => field().inputValue()).toBe('oak');
    await field().pressSequentially(' c');
    await options().first().waitFor();
    await page.locator('.found[aria-busy=false] mark').first().waitFor();
    for (let place = 0; place < 5; place += 1) await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.locator(':focus').textContent()).toBe(orderIdOf(1));
  });

  it('asks for suggestions when typing pauses, and for none while the field is empty', async () => {
    await open();
    await field().pressSequentially('chair', { delay: 5 });
    await options().first().waitFor();
    await field().fill('');
    await expect.poll(() => options().count()).toBe(0);
    await expect.poll(parameters).toBe('');
    expect(requests('/search/suggest').map(({ url }) => url)).toEqual(['/search/suggest?q=chair&limit=8']);
  });

  it('finds a user by name or by e-mail from the palette', async () => {
    await open();
    for (const text of ['hopper', 'grace@example.com']) {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: /^A view/ }).fill(text);
      await page.getByRole('option', { name: 'Grace Hopper Orders of grace' }).click();
      await expect.poll(parameters).toBe('userId=grace');
      await open();
    }
    expect(requests('/search/users').map(({ url }) => url)).toEqual([
      '/search/users?q=hopper&limit=3',
      '/search/users?email=grace%40example.com&limit=3',
    ]);
  });

  it('keeps the place that is chosen in the palette when others come before it', async () => {
    const late = Promise.withResolvers<void>();
    await page.route(/\/search\/orders\?/, (route) => late.promise.then(() => route.continue()));
    await open();
    await page.keyboard.press('Control+k');
    const typed = page.getByRole('combobox', { name: /^A view/ });
    await typed.fill('grace');
    const user = page.getByRole('option', { name: 'Grace Hopper Orders of grace' });
    await user.waitFor();
    await typed.press('ArrowUp');
    late.resolve();
    await page
      .getByRole('option', { name: /Order of grace/ })
      .first()
      .waitFor();
    await expect.poll(() => user.getAttribute('aria-selected')).toBe('true');
  });

  it('opens no user of an e-mail address that has changed since', async () => {
    await holdTimers(page, 200);
    await open();
    await page.keyboard.press('Control+k');
    const typed = page.getByRole('combobox', { name: /^A view/ });
    await typed.fill('grace@example.com');
    await releaseTimers(page);
    await page.getByRole('option', { name: 'Grace Hopper Orders of grace' }).waitFor();
    await typed.fill('ada@example.com');
    await page.keyboard.press('Enter');
    await releaseTimers(page);
    await page.getByRole('option', { name: 'Ada Lovelace Orders of ada', selected: true }).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(parameters).toBe('userId=ada');
  });

  it('requests nothing for an e-mail address in the palette until it is complete, and then the user alone', async () => {
    await open();
    await page.keyboard.press('Control+k');
    const typed = page.getByRole('combobox', { name: /^A view/ });
    await typed.fill('grace@example');
    await page.getByText('Type the complete e-mail address.').waitFor();
    await page.keyboard.press('ArrowDown');
    await typed.fill('grace@example.com');
    await page.getByRole('option', { name: 'Grace Hopper Orders of grace', selected: true }).waitFor();
    const places = page.getByRole('listbox', { name: 'Places' }).getByRole('option');
    await expect.poll(() => places.count()).toBe(1);
    expect(stub.api.requests.map(({ url }) => url).filter((url) => url.includes('grace'))).toEqual([
      '/search/users?email=grace%40example.com&limit=3',
    ]);
  });
});
