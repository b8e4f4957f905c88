import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findChromium } from './chromium.ts';
import { axeFaults, faintTexts, overflow, structureFaults } from './page-checks.ts';
import { orderIdOf } from './stub/dead-letter-store.ts';
import { MISSPELT, NOTHING } from './stub/search-pages.ts';
import { button, PHONE, rowsOf, StubConsole } from './stub/stub-console.ts';

const found = findChromium();
const HOUR_SECONDS = 3_600;

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** A token whose signature only an API would look at. */
const tokenOf = (sub: string, lifeSeconds = HOUR_SECONDS): string =>
  [
    encoded({ alg: 'none' }),
    encoded({ sub, exp: Math.floor(Date.now() / 1_000) + lifeSeconds }),
    'signature',
  ].join('.');

describe.skipIf('missing' in found)("the shop's page", () => {
  let stub: StubConsole;
  let page: Page;
  const token = tokenOf('ada');
  beforeAll(async () => {
    stub = await StubConsole.start(found);
  });
  afterAll(() => stub?.stop());
  beforeEach(async () => {
    stub.api.reset();
    page = await stub.newPage();
  });
  afterEach(async () => {
    await page.close();
    expect(stub.complaints.splice(0)).toEqual([]);
  });
  const field = () => page.getByRole('combobox', { name: /^Search/ });
  const options = () => page.getByRole('listbox', { name: 'Suggestions' }).getByRole('option');
  const chips = () => page.locator('.chip').allTextContents();
  const products = () => page.getByRole('list', { name: 'Products' }).getByRole('listitem');
  const parameters = () => new URLSearchParams(new URL(page.url()).hash.split('?')[1] ?? '').toString();
  const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
  const kept = () =>
    page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));
  const signIn = async (text = token) => {
    await page.getByLabel('Your token').fill(text);
    await button(page, 'Sign in').click();
  };
  /** Signs in as another user, who begins without a search. */
  const expectNoSearchForNext = async () => {
    await signIn(tokenOf('grace'));
    await page.getByText('Signed in as grace').waitFor();
    await expect.poll(() => field().inputValue()).toBe('');
    expect(page.url()).toMatch(/\/shop#\/products$/);
  };
  /** Signs in, and opens a view. */
  const open = async (view: string) => {
    await stub.open(page, view, '/shop');
    await signIn();
    await page.locator('main :is(tbody tr, .product, .empty, .pairs)').first().waitFor();
  };

  it('asks for a token, sends it to the API alone, and never shows it in the address', async () => {
    await open('products');
    await page.getByText('Signed in as ada').waitFor();
    expect(new Set(stub.api.requests.map((request) => request.token))).toEqual(new Set([token]));
    expect(page.url()).not.toContain(token);
    await page.reload();
    await products().first().waitFor();
    expect(stub.api.requests.every(({ url }) => !url.includes(token))).toBe(true);
  });

  it('keeps nothing of the user after a sign-out', async () => {
    await open('orders?q=chair');
    await expect.poll(kept).toContain(token);
    await button(page, 'Sign out').click();
    await heading('Sign in to the shop');
    await expect.poll(kept).toBe('[{},{},""]');
    await expect.poll(() => page.url()).toMatch(/\/shop#\/products$/);
    stub.api.requests.length = 0;
    await page.reload();
    await heading('Sign in to the shop');
    expect(stub.api.requests).toEqual([]);
  });

  it.each([
    { name: 'is no token', text: 'abc', reason: 'This is not a token' },
    { name: 'has no user', text: `${encoded({})}.${encoded({})}.x`, reason: 'This is not a token' },
    { name: 'has expired', text: tokenOf('ada', -1), reason: 'Your token has expired.' },
  ])('says of a text that $name what is wrong, and does not keep it', async ({ text, reason }) => {
    await stub.open(page, '', '/shop');
    await signIn(text);
    await page.getByRole('alert').getByText(reason).waitFor();
    await expect.poll(kept).toBe('[{},{},""]');
    expect(stub.api.requests).toEqual([]);
  });

  it('takes a token as a header has it', async () => {
    await stub.open(page, '', '/shop');
    await signIn(` Bearer ${token}\n`);
    await page.getByText('Signed in as ada').waitFor();
  });

  it('asks for a new token where the API refuses it', async () => {
    await open('products');
    stub.api.expired.add(token);
    await field().fill('chair');
    await page.getByRole('alert').getByText('The shop does not accept your token').waitFor();
    await expect.poll(kept).toBe('[{},{},""]');
    await signIn(tokenOf('grace'));
    await page.getByText('Signed in as grace').waitFor();
  });

  it('does not show the next user the search of one whose token was refused', async () => {
    await open('orders?q=chair&page=2&nextToken=1');
    stub.api.expired.add(token);
    await button(page, /^delivered/).click();
    await heading('Sign in to the shop');
    await expectNoSearchForNext();
  });

  it('does not show the next user the search of one whose token has expired since', async () => {
    await open('orders?q=chair');
    await page.evaluate((expired) => sessionStorage.setItem('shop-token', expired), tokenOf('ada', -1));
    await page.reload();
    await expectNoSearchForNext();
  });

  it('leads no Back to the search of a user who signed out', async () => {
    await open('orders?q=chair');
    await button(page, 'Sign out').click();
    await heading('Sign in to the shop');
    await page.goBack();
    expect(page.url()).toBe('about:blank');
  });

  it('says that the API does not respond, and tries again', async () => {
    await open('products');
    stub.api.isDown = true;
    await field().fill('chair');
    const notice = page.locator('.notice').filter({ hasText: 'The search could not be read.' });
    await notice.getByText('503: A part of the system does not respond.').waitFor();
    stub.api.isDown = false;
    await notice.getByRole('button', { name: 'Try again' }).click();
    await page.locator('mark').first().waitFor();
    await notice.waitFor({ state: 'detached' });
  });

  it('cannot reach what the console may do', async () => {
    await open('products');
    const reached = await page.evaluate(() =>
      fetch('/api/ops/status').then(
        () => true,
        () => false,
      ),
    );
    expect(reached).toBe(false);
    expect(stub.complaints.splice(0).join()).toContain('Content Security Policy');
    expect(stub.api.requests.map(({ url }) => url)).not.toContain('/ops/status');
  });

  it('finds products by words and facets, a price range and an order, page by page', async () => {
    await open('products');
    await page.getByText('45 found, page 1.').waitFor();
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.getByText('45 found, page 2.').waitFor();
    await page.goBack();
    await page.getByText('45 found, page 1.').waitFor();
    await field().fill('oak');
    await page.keyboard.press('Enter');
    await page.locator('mark').first().waitFor();
    await button(page, /^Furniture/).click();
    await page.getByRole('link', { name: /^category Furniture/ }).waitFor();
    await button(page, /^Lamps/).click();
    await page.getByRole('link', { name: /^sub-category Lamps/ }).waitFor();
    await button(page, /^in stock/).click();
    await page.getByRole('link', { name: /^stock in stock/ }).waitFor();
    await page.getByLabel('Price from').fill('20');
    await page.getByLabel('Price to').fill('200');
    await page.keyboard.press('Enter');
    await page.getByLabel('Sort by').selectOption('highest price');
    await expect
      .poll(chips)
      .toEqual([
        'text oak × (remove)',
        'category Furniture × (remove)',
        'sub-category Lamps × (remove)',
        'stock in stock × (remove)',
        'price from 20.00 × (remove)',
        'price to 200.00 × (remove)',
      ]);
    await expect.poll(() => products().first().locator('strong').textContent()).toBe('€195.00');
    await page.getByRole('link', { name: /^sub-category Lamps/ }).click();
    await button(page, /^sold out/).click();
    await expect.poll(() => new URLSearchParams(parameters()).getAll('inStock')).toEqual(['false']);
  });

  it('suggests products and own orders, but no users', async () => {
    await open('products');
    await field().fill('oa');
    await expect
      .poll(() => options().allTextContents())
      .toEqual(['Oak chair Product', 'Oak table Product', `${orderIdOf(7)} Order`]);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(parameters).toBe('q=Oak+table');
  });

  it('says that hits have similar words only, and helps where there is none', async () => {
    await open(`products?q=${MISSPELT}`);
    await page.getByText('These hits have similar words.').waitFor();
    await field().fill(NOTHING);
    await page.getByText('No product matches.').waitFor();
    await page.getByRole('link', { name: 'oak chair' }).click();
    await products().first().waitFor();
  });

  it("finds the user's own orders by words and status, and shows one with all its products", async () => {
    await open('orders');
    await field().fill('chair');
    await page.keyboard.press('Enter');
    await page.locator('mark').first().waitFor();
    await button(page, /^delivered/).click();
    await expect
      .poll(async () => new Set(await rowsOf(page).locator('.pill').allTextContents()))
      .toEqual(new Set(['✓ delivered']));
    const searches = stub.api.requests.filter(({ url }) => url.startsWith('/search/orders'));
    expect(searches.every(({ url }) => url.includes('userId=ada'))).toBe(true);
    await rowsOf(page).first().getByRole('link').click();
    await heading(`Order ${orderIdOf(4)}`);
    await expect.poll(() => rowsOf(page).count()).toBe(2);
    await page.goBack();
    await rowsOf(page).first().waitFor();
    await expect.poll(parameters).toBe('q=chair&status=delivered');
  });

  const VIEWS = [
    'products?q=chair',
    `products?q=${NOTHING}`,
    'products?q=long',
    'orders?q=long&status=placed',
    `orders/${orderIdOf(1)}`,
  ];

  it.each([
    { name: 'in light', colorScheme: 'light', viewport: undefined },
    { name: 'in dark', colorScheme: 'dark', viewport: undefined },
    { name: 'on a phone', colorScheme: 'light', viewport: PHONE },
  ] as const)('is accessible $name', async ({ colorScheme, viewport }) => {
    await page.emulateMedia({ colorScheme });
    if (viewport !== undefined) await page.setViewportSize(viewport);
    await stub.open(page, '', '/shop');
    await expect.poll(() => axeFaults(page)).toEqual([]);
    await signIn();
    for (const view of VIEWS) {
      await stub.open(page, view, '/shop');
      await page.locator('main :is(tbody tr, .product, .empty, .pairs)').first().waitFor();
      await expect.poll(() => faintTexts(page), { message: view }).toEqual([]);
      await expect.poll(() => structureFaults(page), { message: view }).toEqual([]);
      await expect.poll(() => axeFaults(page), { message: view }).toEqual([]);
      await expect.poll(() => overflow(page), { message: view }).toBeLessThanOrEqual(0);
    }
  });
});
