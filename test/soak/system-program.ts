import type * as z from 'zod';
import { DEMO_PARAMETERS } from '../../infra/demo/play-demo.ts';
import { startLocalSystem } from '../../infra/local/system/local-system.ts';
import { logFile } from '../faults/log-file.ts';
import { GarbageCollection } from './collect-garbage.ts';
import { type Drained, Question, type Ready } from './protocol.ts';

/** The local system in a process of its own, run by soaked-system.ts, so that nothing but the system is in its memory. */
const DRAINED_TIMEOUT_MS = 600_000;

const garbage = await GarbageCollection.start();
const system = await startLocalSystem({ parameters: DEMO_PARAMETERS, log: logFile('soak.log') });
process.on('message', (question) => void reply(Question.parse(question)));
// The parent process has ended.
process.once('disconnect', () => void system.stop().then(() => process.exit(0)));
const { apiUrl, endpoints, names, mails } = system;
const token = await system.token('soak', 'orders:write', 'accounts:write');
say({ kind: 'ready', apiUrl, token, endpoints, names: { ...names }, mailsPath: mails.path });

async function reply(question: z.infer<typeof Question>): Promise<void> {
  if (question === 'stop') return process.disconnect();
  await system.drained(DRAINED_TIMEOUT_MS);
  const residentBytes = process.memoryUsage.rss();
  say({ kind: 'drained', residentBytes, ...(await garbage.collect()) });
}

function say(message: Ready | Drained): void {
  process.send?.(message);
}
