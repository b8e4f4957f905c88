import type { Page } from 'playwright-core';

const RELEASE = 'release-timers';

/** Holds the timers of one length in what the page opens next, such as that of a pause in typing, until a test releases them. */
export const holdTimers = (page: Page, lengthMs: number): Promise<unknown> =>
  page.addInitScript(
    ({ held, release }) => {
      const [start, end] = [window.setTimeout.bind(window), window.clearTimeout.bind(window)];
      const timers = new Map<number, () => void>();
      let last = 0;
      Object.defineProperty(window, 'setTimeout', {
        value: (run: () => void, ms?: number) => {
          if (ms !== held) return start(run, ms);
          // No timer of the browser has a negative id.
          last -= 1;
          timers.set(last, run);
          return last;
        },
      });
      Object.defineProperty(window, 'clearTimeout', {
        value: (id: number) => timers.delete(id) || end(id),
      });
      addEventListener(release, () => {
        const due = [...timers.values()];
        timers.clear();
        for (const run of due) run();
      });
    },
    { held: lengthMs, release: RELEASE },
  );

/** Waits for what the page does only after it has been painted, such as to set some timers. */
export const painted = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  });

/** Runs the timers that are held. */
export async function releaseTimers(page: Page): Promise<void> {
  await painted(page);
  await page.evaluate((release) => dispatchEvent(new Event(release)), RELEASE);
}

/**
 * Follows a link. Runs the timers that are held as soon as the page has the address of the next view, before anything else has its turn.
 *
 * @returns The address after that.
 */
export async function releaseTimersAfter(page: Page, link: string): Promise<string> {
  await painted(page);
  return page.evaluate(
    async ({ href, release }) => {
      const { port1, port2 } = new MessageChannel();
      const turn = new Promise((resolve) => {
        port1.onmessage = resolve;
      });
      port2.postMessage('next');
      document.querySelector<HTMLElement>(`a[href="${href}"]`)?.click();
      await turn;
      dispatchEvent(new Event(release));
      return location.hash;
    },
    { href: link, release: RELEASE },
  );
}
