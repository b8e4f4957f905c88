import type { Browser, Locator, Page } from 'playwright-core';
import { type ConsoleSource, startConsoleServer } from '../../../../infra/local/console/console-server.ts';
import { consolePage, shopPage } from '../../../../infra/local/console/page.ts';
import { type FoundChromium, launchChromium } from '../chromium.ts';
import { OPERATOR_TOKEN, StubApi } from './stub-api.ts';

export const DESK = { width: 1_440, height: 900 };
export const PHONE = { width: 390, height: 844 };
const WAIT_MS = 30_000;
/** What Chromium itself logs of a response that a test wants to fail. */
const OF_REQUESTS = /^Failed to load resource/;

/** The console in Chromium, with a stub of the API behind its own server. */
export class StubConsole {
  readonly api: StubApi;
  readonly url: string;
  readonly #browser: Browser;
  readonly #stopServer: () => Promise<void>;
  /** What the page threw, or logged as an error: such as a violation of its security policy. */
  readonly complaints: string[] = [];

  private constructor(api: StubApi, url: string, browser: Browser, stopServer: () => Promise<void>) {
    this.api = api;
    this.url = url;
    this.#browser = browser;
    this.#stopServer = stopServer;
  }

  static async start(found: FoundChromium): Promise<StubConsole> {
    if ('missing' in found) throw new Error(found.missing);
    const api = new StubApi();
    const apiUrl = await api.start();
    const source: ConsoleSource = { title: 'local', apiUrl, token: async () => OPERATOR_TOKEN };
    const pages = { console: await consolePage(), shop: await shopPage() };
    const server = await startConsoleServer(source, pages);
    return new StubConsole(api, server.url, await launchChromium(found.path), () => server.stop());
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#stopServer();
    await this.api.stop();
  }

  /** An empty page of its own, without what another one kept. */
  async newPage(viewport = DESK): Promise<Page> {
    const page = await this.#browser.newPage({ viewport, colorScheme: 'light', locale: 'en-GB' });
    page.setDefaultTimeout(WAIT_MS);
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !OF_REQUESTS.test(message.text()))
        this.complaints.push(message.text());
    });
    return page;
  }

  /** Opens a view in an empty page: from another view only the address would change, and what is waited for could be there already. */
  async open(page: Page, view: string, path = '/'): Promise<void> {
    await page.goto('about:blank');
    await page.goto(`${this.url}${path}#/${view}`);
    await page.locator('main h1').waitFor();
  }
}

/** The rows of the tables of the view. */
export const rowsOf = (page: Page): Locator => page.locator('main tbody tr');
export const card = (page: Page, name: string | RegExp): Locator => page.getByRole('region', { name });
export const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name });
