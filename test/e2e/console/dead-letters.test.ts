import type { Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findChromium } from './chromium.ts';
import { orderIdOf, THREE_CAUSES } from './stub/dead-letter-store.ts';
import { holdTimers, painted, releaseTimers } from './stub/held-timers.ts';
import { button, card, rowsOf, StubConsole } from './stub/stub-console.ts';

const found = findChromium();
const LONG_AGO = '2020-01-01T00:00:00.000Z';

describe.skipIf('missing' in found)('the dead letters', () => {
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
  const open = (query = '') => stub.open(page, `dead-letters${query}`);
  const causes = () => card(page, 'By cause').locator('tbody tr');
  const list = () => card(page, /^One by one/);
  const listed = () => list().locator('tbody tr');
  const dialog = () => page.getByRole('dialog');
  /** Starts a replay of all, whose first step is held. @returns what lets it go on. */
  const startHeldReplay = async (): Promise<() => void> => {
    const held = Promise.withResolvers<void>();
    await page.route('**/api/ops/dead-letters/replay', async (route) => {
      if (route.request().postDataJSON().dryRun === undefined) await held.promise;
      await route.continue();
    });
    await open();
    await page.getByLabel('All causes').check();
    await button(page, 'Replay (300)…').first().click();
    await button(page, 'Start replay').click();
    return () => held.resolve();
  };
  /** Opens one beside the list. It then ends, which the page does not know yet. @returns its panel. */
  const openOneThatEnds = async () => {
    await open(`?text=${orderIdOf(1)}&consumer=order-events`);
    await listed().first().getByRole('link').first().click();
    const panel = page.getByRole('complementary', { name: /Dead letter/ });
    await panel.getByRole('button', { name: 'Purge (1)…' }).waitFor();
    const [one] = stub.api.store.page({ text: orderIdOf(1), consumer: 'order-events' }, 1, 0).deadLetters;
    stub.api.store.purge(one && [one.id], undefined, new Date().toISOString(), 1);
    return panel;
  };
  const numberOf = async () => (await page.locator('.tabs [aria-current] .count').textContent()) ?? '';

  it('are grouped by cause, with the number of each consumer', async () => {
    await open();
    await expect.poll(() => causes().count()).toBe(3);
    const total = causes().filter({ hasText: 'expected number' });
    await expect
      .poll(() => total.textContent())
      .toMatch(/contract violation.*total expected number, received string, got 2500/);
    await expect.poll(() => total.locator('[data-label="order-events"]').textContent()).toBe('52');
    await expect.poll(() => total.locator('[data-label="search-index"]').textContent()).toBe('52');
  });

  it('are listed on pages', async () => {
    await open();
    await expect.poll(() => listed().count()).toBe(50);
    const first = await listed().first().textContent();
    await button(page, 'Next page').click();
    await page.getByText('Page 2').waitFor();
    await expect.poll(() => listed().first().textContent()).not.toBe(first);
    await button(page, 'Previous page').click();
    await expect.poll(() => listed().first().textContent()).toBe(first);
  });

  it('that have left a later page are not said to have left all of them', async () => {
    await open();
    await expect.poll(() => listed().count()).toBe(50);
    for (const number of [2, 3, 4, 5, 6]) {
      await button(page, 'Next page').click();
      await page.getByText(`Page ${number}`).waitFor();
    }
    await expect.poll(() => button(page, 'Next page').isDisabled()).toBe(true);
    const last = stub.api.store.page({}, 50, 250).deadLetters.map(({ id }) => id);
    stub.api.store.purge(last, undefined, new Date().toISOString(), last.length);
    await button(page, 'Refresh').click();
    await list().getByText('None is on this page, which is the last one.').waitFor();
    await expect.poll(() => list().textContent()).not.toContain('There are no dead letters');
  });

  it('that a page did not reach are not said to be none', async () => {
    await page.route(/\/ops\/dead-letters\?/, (route) =>
      route.fulfill({ json: { deadLetters: [], nextToken: 'further' } }),
    );
    await open('?text=rare');
    await list().getByText('The next page goes on.').waitFor();
    await expect.poll(() => button(page, 'Next page').isEnabled()).toBe(true);
  });

  it('are shown with a time in the address that is none', async () => {
    await open('?since=2026-03-01T09%3A3');
    await page.getByRole('link', { name: 'since 2026-03-01T09:3' }).waitFor();
  });

  it('are narrowed by consumer, cause and text, and the address has the filter', async () => {
    await open();
    await page.getByLabel('Consumer').selectOption('search-index');
    await expect.poll(() => page.url()).toContain('consumer=search-index');
    await causes().filter({ hasText: 'status' }).getByRole('link', { name: 'contract violation' }).click();
    await expect.poll(() => causes().count()).toBe(1);
    await expect.poll(() => listed().count()).toBe(50);
    await page.getByRole('searchbox').fill(orderIdOf(60));
    await expect.poll(() => listed().count()).toBe(1);
    await page.reload();
    await expect.poll(() => listed().count()).toBe(1);
    await page.getByRole('link', { name: 'Remove all' }).click();
    await expect.poll(() => causes().count()).toBe(3);
  });

  it('keep what is chosen while a text is typed, and the one that is open', async () => {
    await holdTimers(page, 300);
    await open();
    await page.getByRole('searchbox').fill('ada');
    await page.getByLabel('Consumer').selectOption('search-index');
    await expect.poll(() => page.url()).toContain('consumer=search-index');
    await listed().filter({ hasText: 'search-index' }).first().getByRole('link').first().click();
    await page.getByRole('complementary', { name: /Dead letter/ }).waitFor();
    await releaseTimers(page);
    await expect
      .poll(() => new URL(page.url()).hash)
      .toMatch(/^#\/dead-letters\/[0-9a-f]{24}\?consumer=search-index&text=ada$/);
  });

  it.each([
    [
      'a reason',
      '?reason=sink-refused&text=nothing',
      /^contract-violation 300$/,
      /\?reason=contract-violation$/,
    ],
    ['a field', '?reason=sink-refused&text=nothing', /^total 104$/, /\?text=total$/],
    ['an entity', '?entity=order', /^Order 300$/, /\?entity=Order$/],
    ['a consumer', '?consumer=search-index&text=nothing', /^order-events 150$/, /\?consumer=order-events$/],
    ['a state', '?state=parked', /^waiting 300$/, /\?state=waiting$/],
    ['a cause', `?cause=${'0'.repeat(12)}`, /^[0-9a-f]{12} 104$/, /\?cause=[0-9a-f]{12}$/],
    [
      'a day',
      `?until=${LONG_AGO}`,
      /^2\d{3}-\d\d-\d\d \d+$/,
      /\?since=2.*T00%3A00%3A00\.000Z&until=2.*T00%3A.*Z$/,
    ],
  ])('that are others say %s, which leads to those that have it', async (_, query, value, address) => {
    await open(query);
    await page.getByText('Nothing matches. There are 300 dead letters that do not:').waitFor();
    await list().getByRole('link', { name: value }).first().click();
    await expect.poll(() => new URL(page.url()).hash).toMatch(address);
    await expect.poll(() => listed().count()).toBe(50);
  });

  it('that are others and have ended lead to those that have ended', async () => {
    const [one] = stub.api.store.page({}, 1, 0).deadLetters;
    stub.api.store.purge(one && [one.id], undefined, new Date().toISOString(), 1);
    await open(`?state=ended&until=${LONG_AGO}`);
    const links = list().locator('a.chip');
    await expect.poll(() => links.allTextContents()).toEqual(['purged 1', expect.stringMatching(/^2.* 1$/)]);
    // One list has all that have ended, in whichever of the states.
    await expect.poll(() => links.first().getAttribute('href')).toBe('#/dead-letters?state=ended');
    await links.last().click();
    await expect.poll(() => new URL(page.url()).hash).toMatch(/\?state=ended&since=2.*&until=2/);
    await expect.poll(() => listed().textContent()).toContain('purged');
  });

  it('are replayed after a dry run, at a rate, with a sum by field', async () => {
    await open();
    await page.getByLabel('All causes').check();
    await button(page, 'Replay (300)…').first().click();
    await dialog()
      .getByText('300 dead letters: 2 will succeed, 298 will fail again: total 102, status 100, currency 96')
      .waitFor();
    await dialog().getByText('It takes 15 s or more. Keep this page open').waitFor();
    await dialog().getByLabel('Rate, in records a second').fill('50');
    await button(page, 'Start replay').click();
    await dialog().getByText('2 replayed, 298 failed: total 102, status 100, currency 96.').waitFor();
    await button(page, 'Done').click();
    await expect.poll(numberOf).toBe('298');
    const bodies = stub.api.changes.map(({ body }) => body);
    expect(bodies[0]).toMatchObject({ dryRun: true });
    expect(bodies.at(-1)).toMatchObject({ rate: 50, startedAt: expect.any(String) });
  });

  it.each(['0.5', '500', ''])('are not replayed at another rate than the field shows: %j', async (rate) => {
    await open();
    await page.getByLabel('All causes').check();
    await button(page, 'Replay (300)…').first().click();
    await dialog().getByText('300 dead letters: 2 will succeed').waitFor();
    const field = dialog().getByLabel('Rate, in records a second');
    await field.fill(rate);
    await button(page, 'Start replay').click();
    await expect.poll(() => field.evaluate((element) => element.matches(':invalid:focus'))).toBe(true);
    await field.fill('5');
    await field.press('Enter');
    await dialog().getByText('2 replayed, 298 failed').waitFor();
    const rates = stub.api.changes.map(({ body }) => Reflect.get(Object(body), 'rate'));
    expect(new Set(rates.filter((one) => one !== undefined))).toEqual(new Set([5]));
  });

  it('that are all of a filter are replayed as one', async () => {
    await open('?consumer=search-index');
    await page.getByLabel('This page').check();
    await page.getByRole('button', { name: 'Select all 150 matching' }).click();
    await list().getByRole('button', { name: 'Replay (150)…' }).click();
    await dialog()
      .getByRole('heading', { name: 'Replay all 150 dead letters with consumer search-index' })
      .waitFor();
    await dialog().getByText('Dry run of 150 dead letters').waitFor();
    expect(stub.api.changes[0]?.body).toMatchObject({ filter: { consumer: 'search-index' } });
  });

  it('that were begun are finished, and no more, when the operator cancels', async () => {
    const release = await startHeldReplay();
    await button(page, 'Cancel replay').click();
    await dialog().getByText('It ends after this step.').waitFor();
    release();
    await dialog().getByText('You cancelled it.').waitFor();
    expect(stub.api.changes.filter(({ body }) => !JSON.stringify(body).includes('dryRun'))).toHaveLength(1);
  });

  it('are still replayed after a click beside the dialog', async () => {
    const release = await startHeldReplay();
    await button(page, 'Cancel replay').waitFor();
    await page.mouse.click(5, 5);
    await painted(page);
    release();
    await dialog().getByText('2 replayed, 298 failed').waitFor();
  });

  it('are purged only once their number is typed', async () => {
    await open();
    await causes().filter({ hasText: 'currency' }).getByRole('checkbox').check();
    await button(page, 'Purge (96)…').click();
    const purge = dialog().getByRole('button', { name: 'Purge 96 dead letters' });
    await dialog().getByLabel('Type 96 to confirm').fill('69');
    await expect.poll(() => purge.isDisabled()).toBe(true);
    await dialog().getByLabel('Type 96 to confirm').fill('96');
    await purge.click();
    await dialog().getByText('96 dead letters purged.').waitFor();
    await button(page, 'Done').click();
    await expect.poll(numberOf).toBe('204');
  });

  it('are purged by the number that is left where some have ended since they were chosen', async () => {
    await open(`?text=${orderIdOf(1)}`);
    await expect.poll(() => listed().count()).toBe(2);
    await page.getByLabel('This page').check();
    const [one] = stub.api.store.page({ text: orderIdOf(1) }, 1, 0).deadLetters;
    stub.api.store.purge(one && [one.id], undefined, new Date().toISOString(), 1);
    await list()
      .getByRole('button', { name: /^Purge/ })
      .click();
    await dialog().getByLabel('Type 1 to confirm').fill('1');
    await dialog().getByRole('button', { name: 'Purge 1 dead letter' }).click();
    await dialog().getByText('1 dead letter purged.').waitFor();
  });

  it('are not purged where all have ended since they were chosen, and the dialog says so', async () => {
    const panel = await openOneThatEnds();
    await panel.getByRole('button', { name: 'Purge (1)…' }).click();
    await dialog().getByText('None of them is open any more').waitFor();
    await expect.poll(() => dialog().getByRole('textbox').count()).toBe(0);
  });

  it('are gone from the tables while the dialog still says how they were purged', async () => {
    await open();
    await expect.poll(() => causes().count()).toBe(3);
    const late = Promise.withResolvers<void>();
    const hold = async (route: Route): Promise<void> => {
      await late.promise;
      await route.continue();
    };
    await page.route(/\/dead-letters\/causes/, hold, { times: 1 });
    await button(page, 'Refresh').click();
    await page.getByLabel('All causes').check();
    await button(page, 'Purge (300)…').first().click();
    await dialog().getByLabel('Type 300 to confirm').fill('300');
    await dialog().getByRole('button', { name: 'Purge 300 dead letters' }).click();
    await dialog().getByText('300 dead letters purged.').waitFor();
    late.resolve();
    await expect.poll(() => causes().count()).toBe(0);
    await expect.poll(() => dialog().textContent()).toContain('300 dead letters purged.');
    await button(page, 'Done').click();
    await page.getByText('There are no dead letters.').first().waitFor();
  });

  it('that have ended are not said to be none where their list cannot be read', async () => {
    stub.api.reset();
    await open('?state=parked');
    await page.getByText('None is parked').waitFor();
    stub.api.isDown = true;
    await page.getByRole('link', { name: 'Ended' }).click();
    await list().getByText('The dead letters could not be read.').waitFor();
    await expect.poll(() => list().locator('.empty').count()).toBe(0);
  });

  it('that have ended are said to be none only once their list is there', async () => {
    stub.api.reset();
    await open('?state=parked');
    await page.getByText('None is parked').waitFor();
    const held = Promise.withResolvers<void>();
    await page.route(/dead-letters\?state=ended/, (route) => held.promise.then(() => route.continue()));
    await page.getByRole('link', { name: 'Ended' }).click();
    await list().getByText('Reading the dead letters…').waitFor();
    await expect.poll(() => list().locator('.empty').count()).toBe(0);
    held.resolve();
    await page.getByText('None was replayed').waitFor();
  });

  it('that have ended are in a list of their own, with what ended them and who', async () => {
    await open('?state=ended');
    await page.getByText('None was replayed, fixed or purged in the last 14 days.').waitFor();
    const [one] = stub.api.store.page({}, 1, 0).deadLetters;
    const startedAt = new Date().toISOString();
    stub.api.store.purge(one && [one.id], undefined, startedAt, 1);
    await open();
    await page.getByRole('link', { name: 'Ended' }).click();
    await expect.poll(() => listed().count()).toBe(1);
    await expect.poll(() => listed().textContent()).toMatch(/purged.*console/);
    await expect.poll(() => causes().count()).toBe(0);
    await listed().getByRole('link').first().click();
    await page.getByRole('heading', { name: `Dead letter ${one?.id.slice(0, 8)}` }).waitFor();
  });

  it('show one in a side panel: why, what to do, its attempts, and only the fields that differ', async () => {
    await open(`?text=${orderIdOf(1)}&consumer=order-events`);
    const row = listed().first().getByRole('link').first();
    const id = (await row.getAttribute('title')) ?? '';
    await row.click();
    const panel = page.getByRole('complementary', { name: /Dead letter/ });
    await panel.getByText('What to do:').waitFor();
    await expect.poll(() => page.title()).toBe(`${id} · Dead letters · order-stream`);
    await panel.getByText('automatic-replay').waitFor();
    const fields = panel.locator('.diff tbody tr');
    await expect
      .poll(async () => (await fields.locator('td:first-child').allTextContents()).toSorted())
      .toEqual(['lines.0.quantity', 'lines.0.sku', 'total', 'version']);
    await panel.getByRole('button', { name: 'All fields' }).click();
    await expect.poll(() => fields.count()).toBeGreaterThan(8);
    await panel
      .getByRole('link', { name: /^[0-9a-f]{8}$/ })
      .first()
      .click();
    await panel.getByText('search-index').first().waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
  });

  it('are read again in the side panel with the list', async () => {
    const panel = await openOneThatEnds();
    await button(page, 'Refresh').click();
    await expect.poll(() => panel.locator('.facts').textContent()).toContain('purged order-events');
    await panel.getByRole('button', { name: 'Purge (1)…' }).waitFor({ state: 'detached' });
  });

  it.each([
    ['with quotes of its own', '"usd"', '"usd"'],
    ['that the API has shortened, which stays empty', 'x'.repeat(180), ''],
  ])('are fixed from the value that the item holds: one %s', async (_, value, start) => {
    const [, , currency] = THREE_CAUSES;
    stub.api.reset(currency && [{ ...currency, value }]);
    await open();
    await listed().first().getByRole('link').first().click();
    const form = page.getByRole('form', { name: 'Fix the item' });
    await expect.poll(() => form.getByLabel('New value').inputValue()).toBe(start);
  });

  it('are fixed by a form: a dry run shows what is still wrong, then the fix replays both', async () => {
    await open(`?text=${orderIdOf(2)}&consumer=order-events`);
    await listed().first().getByRole('link').first().click();
    const form = page.getByRole('form', { name: 'Fix the item' });
    await form.getByLabel('New value').fill('7');
    await form.getByRole('button', { name: 'Dry run' }).click();
    await form.getByText('Nothing was changed. The item would still violate its contract:').waitFor();
    const fix = form.getByRole('button', { name: 'Fix and replay' });
    await expect.poll(() => fix.isDisabled()).toBe(true);
    await form.getByLabel('New value').fill('2500');
    await form.getByRole('button', { name: 'Dry run' }).click();
    await form.getByText('The fix keeps the contract. It changes:').waitFor();
    await fix.click();
    await card(page, 'The fix').getByText('search-index ✓ replayed').waitFor();
    expect(stub.api.changes.at(-1)?.body).toEqual({ set: { total: 2_500 }, dryRun: false });
    await expect.poll(numberOf).toBe('298');
    const panel = page.getByRole('complementary', { name: /Dead letter/ });
    await expect.poll(() => panel.locator('.facts').textContent()).toContain('✓ fixed order-events');
    await open('?state=ended');
    await expect
      .poll(() => listed().allTextContents())
      .toEqual(Array(2).fill(expect.stringMatching(/fixed.*console/)));
  });

  it('are not fixed by values that changed during their dry run', async () => {
    await open(`?text=${orderIdOf(2)}&consumer=order-events`);
    await listed().first().getByRole('link').first().click();
    const form = page.getByRole('form', { name: 'Fix the item' });
    const held = Promise.withResolvers<void>();
    await page.route('**/fix', (route) => held.promise.then(() => route.continue()));
    const dryRun = form.getByRole('button', { name: 'Dry run' });
    await form.getByLabel('New value').fill('2500');
    await dryRun.click();
    await expect.poll(() => dryRun.isDisabled()).toBe(true);
    await form.getByLabel('New value').fill('');
    held.resolve();
    await expect.poll(() => dryRun.isEnabled()).toBe(true);
    // One render has both: the end of the request, and what it may leave.
    await expect.poll(() => form.getByRole('button', { name: 'Fix and replay' }).isDisabled()).toBe(true);
    await expect.poll(() => form.getByRole('status').count()).toBe(0);
  });

  it('are not fixed before another dry run once a field is left out, or there is one more', async () => {
    await open(`?text=${orderIdOf(2)}&consumer=order-events`);
    await listed().first().getByRole('link').first().click();
    const form = page.getByRole('form', { name: 'Fix the item' });
    const fix = form.getByRole('button', { name: 'Fix and replay' });
    const isAskedAgain = async () =>
      (await fix.isDisabled()) && (await form.getByRole('status').count()) === 0;
    const dryRun = async () => {
      await form.getByRole('button', { name: 'Dry run' }).click();
      await expect.poll(() => fix.isEnabled()).toBe(true);
    };
    await form.getByLabel('New value').fill('2500');
    await dryRun();
    await form.getByRole('button', { name: 'Another field' }).click();
    await expect.poll(isAskedAgain).toBe(true);
    await form.getByLabel('Field', { exact: true }).last().fill('currency');
    await dryRun();
    await form.getByRole('button', { name: 'Leave out field 2' }).click();
    await expect.poll(isAskedAgain).toBe(true);
  });

  it('lead to their order, and the order back to them', async () => {
    await open(`?text=${orderIdOf(1)}`);
    await listed().first().getByRole('link', { name: /^ada/ }).click();
    await page.getByRole('heading', { level: 1, name: `Order ${orderIdOf(1)}` }).waitFor();
    await card(page, 'Dead letters of this order')
      .getByRole('link', { name: /^[0-9a-f]{8}$/ })
      .first()
      .click();
    await page.getByRole('complementary', { name: /Dead letter/ }).waitFor();
  });

  it('say that an id is unknown, with the ways back', async () => {
    await open(`/${'0'.repeat(24)}`);
    await page.getByText('There is no dead letter with this id.').waitFor();
    await page.getByRole('complementary').getByRole('link', { name: 'All dead letters' }).click();
    await page.getByRole('complementary').waitFor({ state: 'detached' });
  });

  it('leave the queues empty in under twenty steps, from three hundred of three causes', async () => {
    let steps = 0;
    const step = async (action: Promise<unknown>) => {
      steps += 1;
      await action;
    };
    await step(stub.open(page, 'overview'));
    await step(page.getByRole('article').getByRole('link', { name: 'Dead letters' }).click());
    // One is looked at: it says what to do.
    await step(causes().first().locator('a.id').click());
    await page.getByText('What to do:').waitFor();
    await step(page.keyboard.press('Escape'));
    // The writer's repair corrects the items of two causes in the table; those of the third are not of this system.
    stub.api.reset(
      THREE_CAUSES.map((cause) => (cause.field === 'currency' ? cause : { ...cause, sound: cause.orders })),
    );
    await step(page.getByLabel('All causes').check());
    await step(button(page, 'Replay (300)…').first().click());
    await dialog().getByText('204 will succeed, 96 will fail again: currency 96').waitFor();
    await step(button(page, 'Start replay').click());
    await dialog().getByText('204 replayed, 96 failed: currency 96.').waitFor();
    await step(button(page, 'Done').click());
    await expect.poll(() => causes().count()).toBe(1);
    await step(button(page, 'Purge (96)…').first().click());
    await step(dialog().getByLabel('Type 96 to confirm').fill('96'));
    await step(dialog().getByRole('button', { name: 'Purge 96 dead letters' }).click());
    await step(button(page, 'Done').click());
    await page.getByText('There are no dead letters. Both consumers have handled every record.').waitFor();
    await expect.poll(() => rowsOf(page).count()).toBe(0);
    expect(steps).toBeLessThan(20);
  });
});
