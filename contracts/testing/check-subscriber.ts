import { DELIVERY_CASES, type DeliveryCase, type KnownStatus } from './delivery-cases.ts';

/** What a subscriber keeps of an order. */
export interface SubscriberState {
  /** `undefined` as long as no event of its status has arrived. */
  readonly status: KnownStatus | undefined;
  /** The ids of the events whose action was done, as often as it was done. Leave it out if your service acts on no event. */
  readonly actions?: readonly string[];
}

/** A rule that a subscriber breaks. */
export interface BrokenRule {
  /** The name of the case, and of its file in fixtures/. */
  readonly name: string;
  readonly rule: string;
  /** What the subscriber did instead. */
  readonly problem: string;
}

/**
 * Gives a subscriber every case of {@link DELIVERY_CASES}, one message after another, and reports the rules that it breaks: none if
 * the result is empty. Its store must be empty.
 *
 * @param handle Handles the body of one message, as in production.
 * @param readState What the subscriber then keeps of an order.
 */
export async function checkSubscriber(
  handle: (body: string) => Promise<void>,
  readState: (orderId: string) => Promise<SubscriberState | undefined>,
): Promise<readonly BrokenRule[]> {
  const broken: BrokenRule[] = [];
  for (const one of DELIVERY_CASES) {
    const problem = (await failedDelivery(one, handle)) ?? wrongState(one, await readState(one.orderId));
    if (problem !== undefined) broken.push({ name: one.name, rule: one.rule, problem });
  }
  return broken;
}

async function failedDelivery(
  { bodies }: DeliveryCase,
  handle: (body: string) => Promise<void>,
): Promise<string | undefined> {
  for (const [index, body] of bodies.entries()) {
    try {
      await handle(body);
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'no error';
      return `Message ${index + 1} of ${bodies.length} failed with ${reason}.`;
    }
  }
  return undefined;
}

function wrongState(
  { statuses, actions }: DeliveryCase,
  state: SubscriberState | undefined,
): string | undefined {
  if (state?.status === undefined) return 'The status of the order is not known.';
  if (!statuses.includes(state.status))
    return `The status is ${state.status}, and must be ${statuses.join(' or ')}.`;
  const { actions: done } = state;
  if (done === undefined) return undefined;
  const countOf = (id: string): number => done.filter((one) => one === id).length;
  const wrong = [...new Set([...actions, ...done])].filter(
    (id) => countOf(id) !== (actions.includes(id) ? 1 : 0),
  );
  if (wrong.length === 0) return undefined;
  return wrong
    .map(
      (id) => `The action of ${id} was done ${countOf(id)} times instead of ${actions.includes(id) ? 1 : 0}.`,
    )
    .join(' ');
}
