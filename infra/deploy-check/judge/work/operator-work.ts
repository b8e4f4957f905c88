import * as z from 'zod';
import { type Caller, pages } from './caller.ts';

const Listed = z.object({
  deadLetters: z.array(z.object({ id: z.string(), kind: z.string(), consumer: z.string() })),
});
/** A replay takes some seconds at a time; so many requests are more than the dead letters of this system need. */
const STEPS_MAX = 10;
const Step = z.object({ remaining: z.number() });

/** What operators look at, and the consumers that they pause. */
export async function lookOfOperators(caller: Caller): Promise<void> {
  for (const id of [
    'getStatus',
    'getLagHistory',
    'getThroughput',
    'listVerifications',
    'listDeadLetterCauses',
  ])
    await caller.use(id);
  for (const consumer of ['order-events', 'search-index']) {
    await caller.use('pauseConsumer', { path: { consumer } });
    await caller.use('resumeConsumer', { path: { consumer } });
  }
}

/** What operators do with dead letters; `loseParked` takes the parked messages off their queue behind the operators' back. */
export async function workOfOperators(caller: Caller, loseParked: () => Promise<unknown>): Promise<void> {
  await pages(caller, 'listDeadLetters', { query: { limit: '1' } });
  const all = await list(caller, { limit: '100' });
  const kinds = new Map(all.map((one) => [`${one.kind} of ${one.consumer}`, one.id]));
  for (const id of kinds.values()) await caller.use('getDeadLetter', { path: { id } });
  const [fixable] = await list(caller, { text: 'total', entity: 'Order', consumer: 'search-index' });
  await caller.use('fixDeadLetter', { path: { id: fixable?.id ?? '' }, body: { set: { total: 2_500 } } });
  await replay(caller, { state: 'parked' });
  await loseParked();
  await replay(caller, { state: 'parked' });
  for (const consumer of ['order-events', 'search-index']) {
    await replay(caller, { consumer });
    const [last] = await list(caller, { consumer, state: 'waiting', limit: '1' });
    await caller.use('purgeDeadLetters', { body: { ids: [last?.id ?? ''], startedAt: now(), confirm: 1 } });
  }
  await pages(caller, 'listActivity', { query: { limit: '1' } });
}

const list = async (caller: Caller, query: Readonly<Record<string, string>>) =>
  (await caller.call('listDeadLetters', { query }, Listed))?.deadLetters ?? [];

/** A later millisecond than that of any failure before. */
const now = (): string => new Date(Date.now() + 1).toISOString();

async function replay(caller: Caller, filter: Readonly<Record<string, string>>): Promise<void> {
  const body = { filter, startedAt: now(), rate: 100 };
  for (let step = 0; step < STEPS_MAX; step += 1)
    if (((await caller.call('replayDeadLetters', { body }, Step))?.remaining ?? 0) === 0) return;
}
