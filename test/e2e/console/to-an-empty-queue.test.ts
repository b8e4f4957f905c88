import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import type { Browser, Page } from 'playwright-core';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrderId } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import { brokenItems } from '../../../infra/local/chaos/broken-items.ts';
import { startLocalConsole } from '../../../infra/local/console/local-console.ts';
import { type LocalSystem, startLocalSystem } from '../../../infra/local/system/local-system.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { DeadLetterStore } from '../../../pipelines/operations/dead-letter-store.ts';
import { findChromium, launchChromium } from './chromium.ts';

/** Each becomes a dead letter of both consumers. */
const BROKEN_ITEMS = 150;
const ITEMS_AT_ONCE = 25;
const DRAIN_MS = 120_000;
const WAIT_MS = 60_000;
const STEPS_MAX = 20;

const found = findChromium();

describe.skipIf('missing' in found)('a person who knows nothing of the system', () => {
  let system: LocalSystem;
  let operators: Awaited<ReturnType<typeof startLocalConsole>>;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    if ('missing' in found) return;
    [system, browser] = await Promise.all([
      startLocalSystem({ parameters: { BatchingWindowSeconds: '0' } }),
      launchChromium(found.path),
    ]);
    operators = await startLocalConsole(system);
    page = await browser.newPage({ viewport: { width: 1_440, height: 900 }, locale: 'en-GB' });
    page.setDefaultTimeout(WAIT_MS);
    const items = [...brokenItems(BROKEN_ITEMS, { clock, newOrderId: () => parse(OrderId, ulid()) })];
    for (let start = 0; start < items.length; start += ITEMS_AT_ONCE)
      await system.clients.dynamoDb.send(
        new BatchWriteItemCommand({
          RequestItems: {
            [system.names['Table'] ?? '']: items
              .slice(start, start + ITEMS_AT_ONCE)
              .map((Item) => ({ PutRequest: { Item } })),
          },
        }),
      );
    await system.drained(DRAIN_MS);
  });
  afterAll(async () => {
    await browser?.close();
    await operators?.stop();
    await system?.stop();
  });

  it('gets from 300 dead letters of three causes to an empty queue by the console alone', async () => {
    let steps = 0;
    const step = async (action: Promise<unknown>): Promise<void> => {
      steps += 1;
      await action;
    };
    const button = (name: string | RegExp) => page.getByRole('button', { name });
    const dialog = page.getByRole('dialog');
    const causes = page.getByRole('region', { name: 'By cause' }).locator('tbody tr');

    await step(page.goto(`${operators.url}/#/overview`));
    const views = page.getByRole('navigation', { name: 'Views' });
    await step(views.getByRole('link', { name: /^Dead letters/ }).click());
    await expect.poll(() => causes.count()).toBe(3);
    // One is looked at: it says what to do, and the fix is tried on it.
    await step(causes.filter({ hasText: 'total' }).locator('a.id').click());
    await page.getByText('What to do:').waitFor();
    const form = page.getByRole('form', { name: 'Fix the item' });
    await step(form.getByLabel('New value').fill('2500'));
    await step(form.getByRole('button', { name: 'Dry run' }).click());
    await form.getByText('The fix keeps the contract. It changes:').waitFor();
    await step(form.getByRole('button', { name: 'Fix and replay' }).click());
    await page.getByRole('region', { name: 'The fix' }).getByText('search-index ✓ replayed').waitFor();
    await step(page.keyboard.press('Escape'));
    // A dry run of the others says that no replay helps: they are nobody's orders, and are purged.
    await step(page.getByLabel('All causes').check());
    await expect
      .poll(() =>
        button(/^Replay \(/)
          .first()
          .textContent(),
      )
      .toBe('Replay (298)…');
    await step(button('Replay (298)…').first().click());
    await dialog.getByText(/298 will fail again/).waitFor();
    await step(page.keyboard.press('Escape'));
    await step(button('Purge (298)…').first().click());
    await step(dialog.getByLabel('Type 298 to confirm').fill('298'));
    await step(dialog.getByRole('button', { name: 'Purge 298 dead letters' }).click());
    await dialog.getByText('298 dead letters purged.').waitFor({ timeout: DRAIN_MS });
    await step(button('Done').click());
    await page.getByText('There are no dead letters. Both consumers have handled every record.').waitFor();

    expect(steps).toBeLessThan(STEPS_MAX);
    const store = new DeadLetterStore({
      dynamoDb: system.clients.dynamoDb,
      operationsTableName: system.names['OperationsTable'] ?? '',
      clock,
    });
    const { items } = await store.openPage({ consumers: ['order-events', 'search-index'], limit: 10 });
    expect(items).toEqual([]);
  });
});
