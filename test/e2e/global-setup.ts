import { installChromium } from './console/chromium.ts';

/** Before a system starts: an installation would stop the process that it runs in, and two at once would be in each other's way. */
export const setup = installChromium;
