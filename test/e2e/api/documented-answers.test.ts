import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Operation } from '../../../contracts/api/operation.ts';
import { operations } from '../../../contracts/api/operations.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { type LocalSystem, startLocalSystem } from '../../../infra/local/system/local-system.ts';
import { accountItem, orderItem, productItem, userItem } from '../../builders/values/items.ts';
import { type ApiCall, anyCall, goodCall } from './api-call.ts';
import { type Authorizations, authorizationsOf, CALLERS, type CallerName } from './callers.ts';
import { type ApiAnswer, expectDocumented } from './documented.ts';

const RUNS = 200;
/** Shrinking a failure included. */
const TIME_LIMIT_MS = 240_000;
const DRAIN_TIMEOUT_MS = 120_000;
const REQUEST_TIMEOUT_MS = 15_000;

const CALLERS_BUT_BOB = ['nobody', 'forger', 'staff', 'operator', 'ada'] as const;
const ALL: readonly CallerName[] = ['staff', 'operator', 'ada', 'bob', 'nobody', 'forger'];
/** Who may call for what is Ada's: whose token has one of the operation's scopes, and Ada. */
function allowedFor({ access, scopes = [] }: Operation): readonly CallerName[] {
  if (access === 'public') return ALL;
  if (access === 'authenticated') return ['staff', 'operator', 'ada'];
  const wanted = new Set<string>(scopes);
  return ALL.filter(
    (name) =>
      CALLERS[name]?.scopes.some((scope) => wanted.has(scope)) || (access === 'owner' && name === 'ada'),
  );
}
/** Reads CloudWatch, for which nothing stands on this machine. */
const NOT_HERE = ['getThroughput'];
/** Each look at a queue takes a second; test/integration/dead-letters/operator-actions.test.ts has their answers. */
const SLOW = ['getDeadLetter', 'replayDeadLetters', 'purgeDeadLetters'];

const orderIds = Array.from(
  { length: 24 },
  (_, n) => `01KJMSY7G000000000000000${String(n).padStart(2, '0')}`,
);
const items = [
  ...['ada', 'bob'].map((userId) => userItem({ userId })),
  ...['chair', 'table'].map((sku) => productItem({ sku, stock: 1_000, received: 1_000 })),
  ...['a-1', 'a-2'].map((accountId) => accountItem({ accountId, ownerId: 'ada' })),
  ...orderIds.map((orderId, n) =>
    orderItem({
      userId: 'ada',
      orderId,
      status: OrderStatus.options[n % OrderStatus.options.length] ?? 'placed',
    }),
  ),
];
const pools = {
  userId: ['ada', 'bob'],
  sku: ['chair', 'table'],
  accountId: ['a-1', 'a-2'],
  to: ['a-1', 'a-2'],
  amount: [1, 250],
  orderId: orderIds,
  'Idempotency-Key': ['key-1', 'key-2', 'key-3'],
  'If-Match': items.slice(0, 3).map(({ version }) => `"${version}"`),
};

let system: LocalSystem;
let authorizations: Authorizations;
beforeAll(async () => {
  // Ada writes more often than a user may.
  system = await startLocalSystem({ parameters: { WritesPerMinute: '0' } });
  authorizations = await authorizationsOf(system);
  await putItems();
  await system.drained(DRAIN_TIMEOUT_MS);
});
beforeEach(() => putItems());
afterAll(() => system?.stop());

/** Requests change and delete what each test begins with. */
async function putItems(): Promise<void> {
  await Promise.all(
    items.map((item) =>
      system.clients.dynamoDb.send(
        new PutItemCommand({
          TableName: system.names['Table'],
          Item: marshall(item, { removeUndefinedValues: true }),
        }),
      ),
    ),
  );
}

async function send({ method, path: pattern }: Operation, call: ApiCall): Promise<ApiAnswer> {
  const path = pattern.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => call.path[name] ?? '');
  const authorization = authorizations[call.caller];
  const query = Object.entries(call.query).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
  const response = await fetch(`${system.apiUrl}${path}?${new URLSearchParams(query)}`, {
    method,
    headers: { ...call.headers, ...(authorization !== undefined && { authorization }) },
    ...(call.body !== undefined && { body: call.body }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** The parameters, with Ada in them where they name a user, and without the one that is for the staff alone. */
const ofAda = <Value>({ explain: _, ...values }: Readonly<Record<string, Value>>) =>
  'userId' in values ? { ...values, userId: 'ada' } : values;

describe.each(operations.filter(({ id }) => !NOT_HERE.includes(id)))('$id', (operation) => {
  it('is for those whom its access names', async () => {
    const [good] = fc.sample(goodCall(operation, pools), { numRuns: 1, seed: 1 });
    if (good === undefined) throw new Error('There is no request to send');
    const path = ofAda(good.path);
    const query = ofAda(good.query);
    const body = operation.example === undefined ? good.body : JSON.stringify(operation.example);
    const statusFor = async (caller: CallerName) =>
      (await send(operation, { ...good, path, query, body, caller })).status;
    const allowed = allowedFor(operation);
    const refusals = new Map<CallerName, readonly number[]>([
      ['nobody', [401]],
      ['forger', [401]],
      ['bob', [403]],
    ]);
    // Some requests without an owner in their path or body still name one, whom Bob is not.
    const { access, scopes = [] } = operation;
    const isOpenToBob = access === 'authenticated' || (access === 'scoped' && scopes.includes('shop'));
    const callers = isOpenToBob ? CALLERS_BUT_BOB : [...CALLERS_BUT_BOB, 'bob' as const];
    for (const caller of callers) {
      const refused = expect(refusals.get(caller) ?? [401, 403]);
      if (allowed.includes(caller)) refused.not.toContain(await statusFor(caller));
      else refused.toContain(await statusFor(caller));
    }
  });

  it.skipIf(SLOW.includes(operation.id))(
    'answers whatever it is sent as the OpenAPI document says',
    async () => {
      await fc.assert(
        fc.asyncProperty(anyCall(operation, pools), async (call) => {
          expectDocumented(operation, call, await send(operation, call));
        }),
        { numRuns: RUNS, interruptAfterTimeLimit: TIME_LIMIT_MS, markInterruptAsFailure: true },
      );
    },
  );
});
