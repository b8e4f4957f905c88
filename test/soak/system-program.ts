import * as z from 'zod';
import { startLocalConsole } from '../../infra/local/console/local-console.ts';
import { startLocalSystem } from '../../infra/local/system/local-system.ts';
import { projectLog } from '../faults/log-file.ts';
import { GarbageCollection } from './collect-garbage.ts';
import { type Drained, Question, type Ready } from './protocol.ts';

/** The local system in a process of its own, run by system-process.ts. Its argument is the template's parameters, as JSON. */
const DRAINED_TIMEOUT_MS = 600_000;

const parameters = z.record(z.string(), z.string()).parse(JSON.parse(process.argv[2] ?? '{}'));

const garbage = await GarbageCollection.start();
const system = await startLocalSystem({ parameters, log: projectLog('soak.log') });
const console = await startLocalConsole(system);
process.on('message', (question) => void reply(Question.parse(question)));
// The parent process has ended.
process.once('disconnect', () => void stop());
const { apiUrl, endpoints, names, mails } = system;
const token = await system.token('soak', 'orders:write', 'accounts:write');
say({
  kind: 'ready',
  apiUrl,
  consoleUrl: console.url,
  token,
  endpoints,
  names: { ...names },
  mailsPath: mails.path,
});

async function reply(question: z.infer<typeof Question>): Promise<void> {
  if (question === 'stop') return process.disconnect();
  await system.drained(DRAINED_TIMEOUT_MS);
  const heaps = [...(await garbage.collect())];
  say({ kind: 'drained', residentBytes: process.memoryUsage.rss(), heaps });
}

async function stop(): Promise<void> {
  await console.stop();
  await system.stop();
  process.exit(0);
}

function say(message: Ready | Drained): void {
  process.send?.(message);
}
