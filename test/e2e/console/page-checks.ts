import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** WCAG 2.2 AA, for text of the usual size. See https://www.w3.org/TR/WCAG22/#contrast-minimum. */
const CONTRAST_MIN = 4.5;

/** Texts that are too faint on their ground, each with its contrast. */
export const faintTexts = (page: Page): Promise<readonly string[]> =>
  page.evaluate((contrastMin) => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const channels = (colour: string): number[] => {
      if (canvas === null) return [];
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const luminance = (colour: string): number => {
      const [red = 0, green = 0, blue = 0] = channels(colour).map((channel) => {
        const share = channel / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const groundOf = (element: Element | null): string => {
      if (element === null) return 'white';
      const { backgroundColor } = getComputedStyle(element);
      return channels(backgroundColor)[3] === 255 ? backgroundColor : groundOf(element.parentElement);
    };
    return [...document.querySelectorAll('body *')].flatMap((element) => {
      const text = [...element.childNodes]
        .filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
        .map(({ textContent }) => textContent?.trim())
        .join('');
      if (text === '' || element.matches(':disabled, noscript')) return [];
      const lights = [luminance(getComputedStyle(element).color), luminance(groundOf(element))];
      const contrast = (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
      return contrast < contrastMin ? [`${text.slice(0, 30)}: ${contrast.toFixed(1)}`] : [];
    });
  }, CONTRAST_MIN);

/** What axe-core finds: its rule, and the element. Everything that breaks a rule of WCAG 2.2 AA or a best practice. */
export async function axeFaults(page: Page): Promise<readonly string[]> {
  // The page's own policy allows no script but its own; the debugger's is not subject to it.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 150)}`));
  });
}

declare global {
  interface Window {
    readonly axe: typeof axe;
  }
}

/** What breaks the basic rules of an accessible page. */
export const structureFaults = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const all = <Found extends Element>(selector: string): readonly Found[] => [
      ...document.querySelectorAll<Found>(selector),
    ];
    const isEmpty = (text: string | null | undefined): boolean => (text ?? '').trim() === '';
    const ids = all('[id]').map(({ id }) => id);
    const isBroken = {
      'the page says no language': document.documentElement.lang === '',
      'there is not exactly one h1': all('h1').length !== 1,
      'there is not exactly one main': all('main').length !== 1,
      'a field has no label': all<HTMLInputElement>('input, select').some(
        (field) => isEmpty(field.labels?.[0]?.textContent) && isEmpty(field.ariaLabel),
      ),
      'a control has no name': all('a, button').some(({ textContent }) => isEmpty(textContent)),
      'a table has no caption or heads': all('main table').some(
        (table) => table.querySelector('caption') === null || table.querySelector('th[scope=col]') === null,
      ),
      'an id comes twice': new Set(ids).size < ids.length,
    };
    return Object.entries(isBroken).flatMap(([fault, is]) => (is ? [fault] : []));
  });

/** By how many pixels the page is wider than the window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
