import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findChromium } from './chromium.ts';
import { orderIdOf, THREE_CAUSES } from './stub/dead-letter-store.ts';
import { ORDERS } from './stub/pages.ts';
import { card, StubConsole } from './stub/stub-console.ts';

const found = findChromium();

describe.skipIf('missing' in found)('an order in the console', () => {
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
  const open = (orderId: string) => stub.open(page, `orders/ada/${orderId}`);
  const cell = (row: number, column: string) =>
    page.locator('.matrix tbody tr').nth(row).locator(`[data-label="${column}"]`);
  const textOf = async (row: number, column: string) => (await cell(row, column).textContent()) ?? '';

  it('has a row a version and a column an effect, each done with its latency', async () => {
    await open(ORDERS.delivered);
    await expect.poll(() => page.locator('.matrix tbody tr').count()).toBe(4);
    await expect
      .poll(() => textOf(0, 'Events on SNS'))
      .toBe('✓ published+0.4 sorder.placed! not published yetpendingorder.high-value');
    await expect.poll(() => textOf(0, 'Stock')).toBe('✓ reserved 1 × EMO-1+1.1 s');
    await expect.poll(() => textOf(1, 'Stats')).toBe('✓ counted');
    await expect.poll(() => textOf(2, 'Mail')).toBe('✓ sent+3.0 s');
    await expect.poll(() => textOf(3, 'Search')).toBe('! not indexed yetpending');
    await expect.poll(() => textOf(0, 'Mail')).toBe('none');
    await expect.poll(() => textOf(1, 'Mail')).toBe('· not sentunsubscribed');
    await expect.poll(() => textOf(3, 'Mail')).toBe('! not sent yetpending');
    await page.getByRole('list', { name: 'Status of the order' }).getByText('Delivered').waitFor();
  });

  it('says of an effect that fails which attempt it is, why, and when it becomes a dead letter', async () => {
    await open(ORDERS.retried);
    await cell(0, 'Events on SNS').getByText('not published yet').waitFor();
    await expect
      .poll(() => textOf(0, 'Events on SNS'))
      .toMatch(
        /attempt 11 since .*UTCtopic-missing NotFound: the topic does not exista dead letter at .*UTC if it goes onorder\.placed/,
      );
    await card(page, 'Dead letters of this order').getByText('None. One effect is being retried.').waitFor();
  });

  it('that is malformed is shown as it is, with the wrong fields, the remedy and its dead letters', async () => {
    await open(orderIdOf(1));
    const malformed = card(page, /violates its contract/);
    await malformed.getByText('total expected number, received string').waitFor();
    await malformed.getByText('What to do:').waitFor();
    await malformed.getByText('"total": "2500"').waitFor();
    await expect.poll(() => card(page, 'Dead letters of this order').getByRole('listitem').count()).toBe(2);
    await cell(1, 'Events on SNS').getByRole('link').click();
    await page.getByRole('complementary', { name: /Dead letter/ }).waitFor();
  });

  it('that was removed shows what remains of it', async () => {
    await open(ORDERS.removed);
    await card(page, 'Now').getByText('The order was removed from the table.').waitFor();
    await card(page, 'Search document').getByText('The index has none.').waitFor();
    await expect.poll(() => textOf(1, 'Stock')).toContain('released 1 × EMO-1');
  });

  it('that does not exist leads back to the search and to its user', async () => {
    await open(orderIdOf(999));
    await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
    await page.getByRole('link', { name: 'All orders of ada' }).click();
    await page.getByRole('link', { name: 'user ada' }).waitFor();
  });

  it('keeps what it knew while the API fails', async () => {
    await open(ORDERS.delivered);
    await page.locator('.matrix').waitFor();
    stub.api.isDown = true;
    await page
      .locator('.notice')
      .getByText(/The order could not be read\..*What is shown is from \d+ s ago\./)
      .waitFor();
    await page.locator('.matrix').waitFor();
  });
});
