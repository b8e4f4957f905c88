import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemStatus } from '../../../contracts/api/status.ts';
import { findChromium } from './chromium.ts';
import { THREE_CAUSES } from './stub/dead-letter-store.ts';
import { painted } from './stub/held-timers.ts';
import { button, card, rowsOf, StubConsole } from './stub/stub-console.ts';

const found = findChromium();

describe.skipIf('missing' in found)('the overview', () => {
  let stub: StubConsole;
  let page: Page;
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
  const open = () => stub.open(page, 'overview');

  it('says that all is well', async () => {
    await open();
    await page.getByText('All is well.', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'State of the system: All is well' }).waitFor();
    await page.getByText('There are no dead letters.').waitFor();
  });

  it('says what is wrong, since when, until when nothing is lost, why, and where the remedy is', async () => {
    stub.api.condition = 'search-down';
    await open();
    const banner = page.getByRole('article');
    await banner.getByText('search-index is 2 min 07 s behind: OpenSearch does not respond').waitFor();
    const text = await banner.textContent();
    expect(text).toMatch(/since \d\d:\d\d:\d\d UTC \(2 min ago\)/);
    expect(text).toMatch(
      /at attempt 10 of 37 records\. Nothing is lost: the records are retried until .*UTC/,
    );
    expect(text).toContain('search-unavailable: OpenSearch did not respond within 10000 ms');
    await banner.getByRole('link', { name: 'Runbook' }).click();
    await page.getByRole('heading', { level: 1, name: 'OrderEventsLagging, SearchIndexLagging' }).waitFor();
  });

  it('does not say of a paused consumer that its records are retried', async () => {
    stub.api.condition = 'paused';
    await open();
    const banner = page.getByRole('article');
    await banner.getByText('order-events is paused by ada').waitFor();
    const text = await banner.textContent();
    expect(text).toMatch(/Resume before \d\d:\d\d UTC, or the oldest become dead letters/);
    expect(text).not.toContain('retried');
  });

  it.each([
    [undefined, 'Not verified in the last 90 days. Run npm run ops -- verify.'],
    [0, 'No differences, verified 3 h ago by ada, in 4 s'],
    [2, '2 differences, verified 3 h ago by ada, in 4 s'],
  ])('says what the last verification found: %s differences', async (differences, words) => {
    stub.api.differences = differences;
    await open();
    const verified = card(page, 'Table and what derives from it');
    await expect.poll(() => verified.textContent()).toContain(words);
    await expect.poll(() => verified.locator('tbody tr').count()).toBe(differences ?? 0);
    await verified.getByRole('button', { name: 'Copy command' }).waitFor();
  });

  it.each([
    [0, 3, 0, '! 3 inconclusive, verified'],
    [0, 0, 1, '! 1 malformed, verified'],
    [2, 3, 1, '✖ 2 differences, 3 inconclusive, 1 malformed, verified'],
  ])(
    'does not say that there are no differences where not all is known: %s, %s and %s',
    async (differences, inconclusive, malformed, words) => {
      stub.api.differences = differences;
      stub.api.notCompared = { inconclusive, malformed };
      await open();
      const verified = card(page, 'Table and what derives from it');
      await expect.poll(() => verified.textContent()).toContain(words);
    },
  );

  it('draws the edge to a sink that does not respond in red, with the word', async () => {
    stub.api.condition = 'topic-deleted';
    await open();
    const drawing = page.getByRole('group', { name: 'From the table to the sinks' });
    await drawing.getByText('is missing').waitFor();
    await expect.poll(() => drawing.locator('.edge.bad').count()).toBe(1);
    await drawing.getByText('failing · attempt 8').waitFor();
    const dashes = await drawing
      .locator('.edge.bad')
      .evaluate((edge) => getComputedStyle(edge).strokeDasharray);
    expect(dashes).not.toBe('none');
  });

  it('shows five figures with their limits', async () => {
    stub.api.reset(THREE_CAUSES, 'search-down');
    await open();
    const figures = page.locator('.figure');
    await expect.poll(() => figures.count()).toBe(5);
    const texts = (await figures.allTextContents()).join('\n');
    expect(texts).toContain('Oldest unhandled record2:07search-index · limit 5:00');
    expect(texts).toContain('Dead letters300+300 in 10 min · limit 0');
    expect(texts).toContain('OpenSearch: no response');
    await expect.poll(() => page.locator('.rail .count').textContent()).toBe('300');
  });

  it('shows the lag up to 24 hours with the line of the alarm', async () => {
    stub.api.condition = 'search-down';
    await open();
    const lag = card(page, 'Lag');
    await lag.getByText('alarm at 5:00').waitFor();
    const asked = page.waitForResponse((response) => response.url().endsWith('/ops/lag?minutes=1440'));
    await button(page, '24 h').click();
    const { status } = await asked.then((response) => ({ status: response.status() }));
    expect(status).toBe(200);
    await lag
      .getByRole('img', { name: /over 24 h: order-events at most 0:01, search-index at most/ })
      .waitFor();
  });

  it('pauses a consumer after a question, and resumes it', async () => {
    await open();
    await button(page, 'Pause… order-events').click();
    await page.getByText('Events, stock, daily stats and mails wait.').waitFor();
    expect(stub.api.changes).toEqual([]);
    await button(page, 'Pause order-events').click();
    await page.getByText('order-events: the event source mapping is disabling.').waitFor();
    await button(page, 'Resume… order-events').click();
    await button(page, 'Resume order-events').click();
    await page.getByText('order-events: the event source mapping is enabling.').waitFor();
    expect(stub.api.changes.map(({ request }) => request)).toEqual([
      'POST /ops/consumers/order-events/pause',
      'POST /ops/consumers/order-events/resume',
    ]);
  });

  it.each([
    { which: 'of another consumer', next: 'search-index' },
    { which: 'of the same consumer', next: 'order-events' },
  ])('keeps a dialog $which open when a pause ends whose dialog was closed', async ({ next }) => {
    const held = Promise.withResolvers<void>();
    await page.route('**/pause', (route) => held.promise.then(() => route.continue()));
    await open();
    await button(page, 'Pause… order-events').click();
    await button(page, 'Pause order-events').click();
    await page.keyboard.press('Escape');
    await button(page, `Pause… ${next}`).click();
    const dialog = page.getByRole('dialog', { name: `Pause ${next}?` });
    await dialog.waitFor();
    held.resolve();
    await page.getByText('order-events: the event source mapping is disabling.').waitFor();
    await expect.poll(() => dialog.count()).toBe(1);
  });

  it('says that a pause failed whose dialog was closed', async () => {
    const held = Promise.withResolvers<void>();
    await page.route('**/pause', (route) => held.promise.then(() => route.abort()));
    await open();
    await button(page, 'Pause… order-events').click();
    await button(page, 'Pause order-events').click();
    await expect.poll(() => button(page, 'Cancel').isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    held.resolve();
    await page.getByRole('status').filter({ hasText: 'order-events: the pause failed. ' }).waitFor();
  });

  it('keeps what it knew, with its age, while the API fails, and says so', async () => {
    await open();
    await rowsOf(page).first().waitFor();
    stub.api.isDown = true;
    const notice = page.locator('.notice').filter({ hasText: 'The status could not be read.' });
    await notice
      .getByText(/503: A part of the system does not respond\. What is shown is from \d+ s ago\./)
      .waitFor();
    await page.getByText('All is well.', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'The state of the system is not known' }).waitFor();
    await page.getByRole('status').getByText('The state of the system is not known').waitFor();
    stub.api.isDown = false;
    await notice.getByRole('button', { name: 'Try again' }).click();
    await notice.waitFor({ state: 'detached' });
  });

  it('says that it is reading before the first response', async () => {
    await page.route('**/api/ops/status', () => {});
    await open();
    await page.getByText('Reading the status…').waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  it('stops to change while its updates are paused', async () => {
    await open();
    await page.getByText('All is well.', { exact: true }).waitFor();
    await button(page, 'Pause updates').click();
    stub.api.condition = 'search-down';
    await page.getByText(/not updated · \d+ s ago/).waitFor();
    await expect.poll(() => page.getByText(/not updated · (?:[7-9]|\d\d) s ago/).count()).toBe(1);
    await expect.poll(() => page.getByRole('article').count()).toBe(0);
    await button(page, 'Resume updates').click();
    await page.getByRole('article').waitFor();
  });

  it('updates again once another view is chosen', async () => {
    await open();
    await button(page, 'Pause updates').click();
    await page.getByRole('link', { name: 'Runbook', exact: true }).click();
    stub.api.condition = 'search-down';
    await page.getByRole('link', { name: 'State of the system: Failing' }).waitFor();
  });

  it('shows no lag of another span than the chosen one, where that cannot be read', async () => {
    await open();
    const lag = card(page, 'Lag');
    await lag.getByRole('img').waitFor();
    stub.api.isDown = true;
    await button(page, '24 h').click();
    await lag.getByText('The lag could not be read.').waitFor();
    await expect.poll(() => lag.getByRole('img').count()).toBe(0);
  });

  it('has a problem read out in an element that was there before', async () => {
    await open();
    const region = await page.locator('.rail [role=status]').elementHandle();
    stub.api.condition = 'search-down';
    await expect.poll(() => region?.textContent()).toContain('OpenSearch does not respond');
  });

  it.each([
    { name: 'all is well', condition: 'well', isDown: false },
    { name: 'the title of a problem counts up', condition: 'search-down', isDown: false },
    { name: 'each request fails', condition: 'well', isDown: true },
  ] as const)('has nothing read out again while $name', async ({ condition, isDown }) => {
    stub.api.condition = condition;
    await open();
    await page.locator('.banner').first().waitFor();
    let number = 0;
    await page.route('**/api/ops/status', async (route) => {
      number += 1;
      if (isDown) return route.fulfill({ status: 503, json: { detail: 'No.', requestId: `n${number}` } });
      const { problems, ...status } = SystemStatus.parse(await (await route.fetch()).json());
      const counted = problems.map((one) => ({ ...one, title: `${one.title}, ${number}` }));
      return route.fulfill({ json: { ...status, problems: counted } });
    });
    await page.waitForResponse('**/api/ops/status');
    await painted(page);
    if (isDown) await page.getByRole('alert').first().waitFor();
    const changes = page.evaluate(
      () =>
        new Promise<readonly string[]>((resolve) => {
          const regions = '[role=status], [role=alert]';
          const elementOf = (node: Node) => (node instanceof Element ? node : node.parentElement);
          const isRead = ({ target, addedNodes }: MutationRecord) =>
            elementOf(target)?.closest(regions) ||
            [...addedNodes].some(
              (node) => node instanceof Element && (node.matches(regions) || node.querySelector(regions)),
            );
          const changed: string[] = [];
          const observer = new MutationObserver((records) =>
            changed.push(...records.filter(isRead).flatMap(({ target }) => target.textContent || [])),
          );
          observer.observe(document.body, { subtree: true, childList: true, characterData: true });
          addEventListener('watched', () => resolve(changed));
        }),
    );
    await page.waitForResponse('**/api/ops/status');
    await painted(page);
    await page.evaluate(() => dispatchEvent(new Event('watched')));
    await expect(changes).resolves.toEqual([]);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });
});
