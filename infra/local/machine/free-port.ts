import { createServer } from 'node:net';
import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import { LocalPartError } from './local-part.ts';

/** The interface that every local server listens on. */
export const LOCAL_HOST = '127.0.0.1';

/**
 * Checks that a requested port is free, so that a port in use is reported in one line. Port 0 means any free port and always passes.
 *
 * @throws LocalPartError `port-taken`.
 */
export async function requireFreePort(port: number, partName: string): Promise<void> {
  if (port !== 0) await (await holdPort(port, partName)).release();
}

/** A port that no other process gets until it is released. */
export interface HeldPort {
  readonly port: number;
  release(): Promise<void>;
}

/**
 * Holds a port, or for 0 any free port. To get several distinct free ports, hold all of them before you release one.
 *
 * @throws LocalPartError `port-taken`.
 */
export async function holdPort(wanted: number, partName: string): Promise<HeldPort> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(wanted, LOCAL_HOST, resolve);
    });
  } catch (cause) {
    throw new LocalPartError(
      'port-taken',
      `${partName} cannot have port ${wanted} of ${LOCAL_HOST}`,
      'End the process that uses it, or choose another port.',
      { cause },
    );
  }
  const { port } = parse(z.object({ port: z.number() }), probe.address());
  return { port, release: () => new Promise((resolve) => probe.close(() => resolve())) };
}
