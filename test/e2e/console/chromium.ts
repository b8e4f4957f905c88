import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** The shell has no windows, and takes less than half of the processor time. See https://developer.chrome.com/blog/chrome-headless-shell. */
const PATHS = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
/** Older releases of Debian have no shell of their own. */
const INSTALL = `apt-get update
for package in chromium-headless-shell chromium; do apt-get install -y --no-install-recommends $package && exit; done
exit 1`;
const INSTALL_TIMEOUT_MS = 240_000;
/** As root Chromium runs without its sandbox only; the rest keeps it from calling its maker. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A Chromium that a test can drive, or why there is none. */
export type FoundChromium = { readonly path: string } | { readonly missing: string };

/** Finds Chromium. */
export function findChromium(): FoundChromium {
  const wanted = process.env['CHROMIUM_PATH'];
  const paths = wanted === undefined ? PATHS : [wanted];
  const present = paths.find((path) => existsSync(path));
  if (present !== undefined) return { path: present };
  return {
    missing: `No Chromium: ${paths.join(', ')} are not there. Install the package chromium-headless-shell or chromium, or name one by CHROMIUM_PATH.`,
  };
}

/** Installs Debian's Chromium where there is none and this process may. Says so if that fails. */
export function installChromium(): void {
  if ('path' in findChromium() || process.env['CHROMIUM_PATH'] !== undefined) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  spawnSync('/bin/sh', ['-c', INSTALL], { stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS });
  if ('missing' in findChromium()) console.warn(`Chromium was not installed:\n${INSTALL}`);
}

/** Starts Chromium with an empty profile. */
export const launchChromium = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: ARGS });
