import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotificationType, schemaNameOf } from '../../../contracts/events/order-notification.ts';
import { catalogueFiles } from '../../../infra/contract-tooling/catalogue/catalogue.ts';
import { findChromium, launchChromium } from './chromium.ts';
import { axeFaults, faintTexts, overflow, structureFaults } from './page-checks.ts';

const found = findChromium();
const files = await catalogueFiles();
const pages = ['index.html', ...NotificationType.options.map((type) => `${type}.html`)];

describe('the catalogue of events', () => {
  it('has a page and a schema of each event type', () => {
    const schemas = NotificationType.options.map(schemaNameOf);
    expect(Object.keys(files).toSorted()).toEqual([...pages, ...schemas, 'style.css'].toSorted());
  });

  it.each(NotificationType.options)('says what each field of %s means', (type) => {
    const fields = files[`${type}.html`]?.split('<caption>Fields</caption>')[1]?.split('</table>')[0] ?? '';
    expect(fields).toContain('<code>data.lines[].sku</code>');
    expect(fields).not.toContain('<td></td>');
  });

  it('links only to what it holds', () => {
    const links = Object.entries(files).flatMap(([, text]) =>
      [...text.matchAll(/(?:href)="(?!https:)([^"]+)"/g)].map(([, target = '']) => target),
    );
    expect(links).not.toEqual([]);
    expect(links.filter((target) => files[target] === undefined)).toEqual([]);
  });

  it('tells which consumers take a type, and since which release it exists', () => {
    expect(files['order.placed.html']).toMatch(/WebhookSubscription/);
    expect(files['order.placed.html']).not.toMatch(/OrderMailsSubscription/);
    expect(files['order.status-changed.html']).toMatch(/OrderMailsSubscription/);
    expect(files['order.placed.html']).toMatch(/0\.1\.0<\/th><td>The type is new\./);
  });
});

describe.skipIf('missing' in found)('the catalogue in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'catalogue-'));
  let browser: Browser;
  beforeAll(async () => {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    browser = await launchChromium('path' in found ? found.path : '');
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const views = pages.flatMap((name) =>
    (['light', 'dark'] as const).flatMap((colorScheme) => [
      { name, colorScheme, width: 1_280 },
      { name, colorScheme, width: 390 },
    ]),
  );
  const open = async ({
    name,
    colorScheme,
    width,
  }: (typeof views)[number]): Promise<{
    readonly page: Page;
    readonly complaints: readonly string[];
  }> => {
    const complaints: string[] = [];
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 844 } });
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(pathToFileURL(join(folder, name)).href);
    return { page, complaints };
  };

  it.each(views)('is accessible and fits: $name, $colorScheme, $width px', async (view) => {
    const { page, complaints } = await open(view);
    await expect.poll(() => page.locator('h1').count()).toBe(1);
    await expect.poll(() => overflow(page)).toBeLessThanOrEqual(0);
    // Before axe, which reads the style sheet by a request that the page's policy refuses.
    expect(complaints).toEqual([]);
    expect([await structureFaults(page), await faintTexts(page), await axeFaults(page)]).toEqual([
      [],
      [],
      [],
    ]);
    await page.close();
  });
});
