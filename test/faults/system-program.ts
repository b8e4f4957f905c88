import { writeSync } from 'node:fs';
import { openShop } from '../../infra/demo/fill.ts';
import { putOrders } from '../../infra/demo/import-orders.ts';
import { playFromImport } from '../../infra/demo/play-demo.ts';
import { silent } from '../../infra/demo/progress.ts';
import { superstoreSlice } from '../../infra/demo/superstore.ts';
import { deadLettersIn, differencesOf, firstIndexed, startFaultySystem } from './faulty-system.ts';
import { RecordCounts } from './record-counts.ts';

/** The local system in a process that can be killed, run by system-killed.ts: `begin DIR ORDERS`, then `finish DIR ORDERS`. */
const [part, dataDir, orders] = process.argv.slice(2);
const STDOUT = 1;
const counts = new RecordCounts();

const system = await startFaultySystem({ dataDir, log: counts.log });
const startedAt = Date.now();
const superstore = await superstoreSlice(Number(orders));
await (part === 'begin' ? begin() : finish());

/** Opens the shop, begins the import, and is killed in the middle of it. */
async function begin(): Promise<void> {
  await openShop(system, superstore, silent);
  await putOrders(system, superstore);
  const indexedBefore = await firstIndexed(system);
  writeSync(STDOUT, JSON.stringify({ indexedBefore, killedAt: Date.now() }));
  const servers = Object.values(system.parts).flatMap(({ pid }) => pid ?? []);
  for (const pid of [...servers, process.pid]) process.kill(pid, 'SIGKILL');
}

/** Continues with what is in the folder until all is done, and compares. */
async function finish(): Promise<void> {
  const differences = differencesOf(await playFromImport(system, superstore, silent, { mayMailTwice: true }));
  const deadLetters = await deadLettersIn(system);
  await system.stop();
  writeSync(STDOUT, JSON.stringify({ startedAt, recordsRetried: counts.retried, deadLetters, differences }));
}
