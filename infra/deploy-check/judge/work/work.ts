import { PurgeQueueCommand } from '@aws-sdk/client-sqs';
import { type ClientWork, DRAIN_TIMEOUT_MS, workOfClients } from './api-work.ts';
import { disturb, importOrders, installIndices, run } from './background-work.ts';
import { giveUp, putMalformedItems } from './dead-letter-work.ts';
import { lookOfOperators, workOfOperators } from './operator-work.ts';

/**
 * Lets every function do what it is for: requests to each operation, also to those that need no request of their own here, changes that both consumers follow, imports, mails, schedules,
 * dead letters, and faults that a consumer waits out.
 *
 * @returns what failed that is no request.
 */
export async function work(judged: ClientWork): Promise<readonly string[]> {
  const { system, gateway, caller } = judged;
  const failures = [...(await installIndices(system, gateway))];
  await workOfClients(judged);
  const fault = { status: 503 };
  const changeUser = () => caller.use('updateUser', { body: { name: 'Ada Again' } });
  const publish = { role: 'OrderEventsFunction', action: 'sns:Publish', ...fault };
  failures.push(...(await disturb(gateway, publish, () => caller.use('createOrder'))));
  const write = { role: 'SearchIndexFunction', action: 'es:ESHttpPost', ...fault };
  failures.push(...(await disturb(gateway, write, changeUser)));
  await importOrders(system);
  await system.drained(DRAIN_TIMEOUT_MS);
  failures.push(...(await run(system, 'CancelStaleOrdersFunction', {})));
  failures.push(...(await run(system, 'WriteHeartbeatsFunction', {})));
  await putMalformedItems(system);
  await system.drained(DRAIN_TIMEOUT_MS);
  await lookOfOperators(caller);
  failures.push(...(await workOnDeadLetters(judged)));
  await caller.useRest();
  await system.drained(DRAIN_TIMEOUT_MS);
  return failures;
}

/** The consumers are paused, or what is replayed would be done already. */
async function workOnDeadLetters({ system, gateway, caller }: ClientWork): Promise<readonly string[]> {
  const { mappings, clients, names } = system;
  for (const mapping of mappings.values()) mapping.pause();
  try {
    await giveUp(system, 0);
    const failures = [...(await run(system, 'AutomaticReplayFunction', {}))];
    await giveUp(system, 1);
    // A replay that meets an outage ends, and leaves the others to operators.
    const outages = ['sns:Publish', 'es:ESHttpPost'].map((action) =>
      gateway.fail({ role: 'AutomaticReplayFunction', action, status: 503 }),
    );
    failures.push(...(await run(system, 'AutomaticReplayFunction', {})));
    for (const end of outages) end();
    const parked = new PurgeQueueCommand({ QueueUrl: names['ParkedDeadLetters'] });
    await workOfOperators(caller, () => clients.sqs.send(parked));
    return failures;
  } finally {
    for (const mapping of mappings.values()) mapping.resume();
  }
}
