import { OrderTimeline } from '../../../../contracts/api/timeline.ts';
import { addressOf, deadLetterAddress } from '../../data/route.ts';
import { useZone } from '../../data/settings.ts';
import { useResponse } from '../../data/use-response.ts';
import { Ago, At, Card, Copy, Head, Mark, Pill } from '../../parts/basic.tsx';
import { fieldOf, money, words } from '../../parts/format.ts';
import { ResponseState } from '../../parts/response-state.tsx';
import { STATE_TONES } from '../dead-letters/list.tsx';
import { NotFound } from '../not-found.tsx';
import { DocumentCard, MalformedCard, NowCard, ReservationCard } from './cards.tsx';
import { Matrix } from './matrix.tsx';

const EVERY_MS = 2_000;
const HTTP_NOT_FOUND = 404;

interface OrderProps {
  readonly userId: string;
  readonly orderId: string;
}

/** Everything that the system holds of an order: each version with its effects, what it is now, and its dead letters. */
export function Order({ userId, orderId }: OrderProps) {
  const path = `/ops/orders/${encodeURIComponent(userId)}/${encodeURIComponent(orderId)}/timeline`;
  const response = useResponse(path, OrderTimeline, EVERY_MS);
  const { value } = response;
  if (value === undefined && response.failureStatus === HTTP_NOT_FOUND)
    return (
      <NotFound
        what={`${userId} has no order ${orderId}, and had none within the time that versions are kept.`}
      >
        <p>
          <a href={addressOf(['orders'], { q: orderId })}>Search for this id</a> ·{' '}
          <a href={addressOf(['orders'], { userId })}>All orders of {userId}</a> ·{' '}
          <a href={addressOf(['dead-letters'], { text: orderId })}>Dead letters with this id</a>
        </p>
      </NotFound>
    );
  return (
    <>
      <Head
        trail={
          <>
            <a href={addressOf(['orders'])}>Orders</a> /{' '}
            <a href={addressOf(['orders'], { userId })}>
              <bdi>{userId}</bdi>
            </a>{' '}
            /
          </>
        }
        title={
          <>
            Order{' '}
            <span class="id" title={orderId}>
              {orderId}
            </span>
          </>
        }
        tools={
          <>
            <Copy text={orderId}>Copy id</Copy>
            <Copy text={location.href}>Copy link</Copy>
            {value !== undefined && <Copy text={JSON.stringify(value, undefined, 2)}>Copy as JSON</Copy>}
          </>
        }
      >
        {value !== undefined && <Summary timeline={value} />}
      </Head>
      <ResponseState response={response} what="The order" />
      {value !== undefined && (
        <>
          <Steps timeline={value} />
          <div class="columns aside">
            <div>
              {value.malformed !== undefined && <MalformedCard malformed={value.malformed} />}
              <Card id="timeline" title="Timeline: each version and its effects">
                <Matrix versions={value.versions} />
              </Card>
            </div>
            <div>
              {value.malformed === undefined && <NowCard timeline={value} />}
              <DeadLettersCard timeline={value} orderId={orderId} />
              <ReservationCard timeline={value} />
              <DocumentCard timeline={value} />
            </div>
          </div>
        </>
      )}
    </>
  );
}

function Summary({ timeline: { order, malformed } }: { readonly timeline: OrderTimeline }) {
  if (order === undefined)
    return (
      <p class="muted">
        {malformed === undefined
          ? 'The order was removed from the table.'
          : 'The item violates its contract.'}
      </p>
    );
  return (
    <p class="muted">
      <bdi>
        {order.shipTo.name}, {order.shipTo.city}, {order.shipTo.country}
      </bdi>{' '}
      · placed <At at={order.createdAt} /> (<Ago at={order.createdAt} />) ·{' '}
      {money(order.total, order.currency)}
    </p>
  );
}

const WAY: readonly string[] = ['placed', 'confirmed', 'shipped', 'delivered'];

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** How far the order is on its way: the time of each status that it had. */
function Steps({ timeline: { order, versions, malformed } }: { readonly timeline: OrderTimeline }) {
  useZone();
  if (malformed !== undefined) return null;
  const reached = (status: string) => versions.find((version) => version.status === status);
  const end = versions.find(
    ({ status }) => status === 'cancelled' || status === 'rejected' || status === undefined,
  );
  const position = order === undefined ? -1 : WAY.indexOf(order.status);
  const shown = end === undefined ? WAY : WAY.filter((status) => reached(status) !== undefined);
  return (
    <ol class="steps" aria-label="Status of the order">
      {shown.map((status, place) => {
        const version = reached(status);
        const isDone = version !== undefined || place <= position;
        return (
          <li key={status} class={isDone ? 'done' : 'next'}>
            <strong>
              {isDone && <Mark tone="ok" />} {capital(status)}
            </strong>
            <span>
              {version !== undefined ? <At at={version.at} /> : isDone ? 'before what is kept' : 'not yet'}
            </span>
          </li>
        );
      })}
      {end !== undefined && (
        <li class="ended">
          <strong>
            <Mark tone="bad" /> {capital(end.status ?? 'removed')}
          </strong>
          <span>
            <At at={end.at} />
          </span>
        </li>
      )}
    </ol>
  );
}

function DeadLettersCard({
  timeline,
  orderId,
}: {
  readonly timeline: OrderTimeline;
  readonly orderId: string;
}) {
  const { deadLetters, versions } = timeline;
  const retried = versions.flatMap(({ events, stock, stats, search, mail }) =>
    [...events.map(({ publication }) => publication), stock, stats, search, mail].filter(
      ({ state }) => state === 'retrying',
    ),
  ).length;
  return (
    <Card
      id="dead-letters"
      title="Dead letters of this order"
      tools={deadLetters.length > 0 && <a href={addressOf(['dead-letters'], { text: orderId })}>List</a>}
    >
      {deadLetters.length === 0 && (
        <p class="empty">
          None.
          {retried > 0 && ` ${retried === 1 ? 'One effect is' : `${retried} effects are`} being retried.`}
        </p>
      )}
      <ul class="plain">
        {deadLetters.map(({ id, consumer, state, reason, issue, failedAt }) => (
          <li key={id}>
            <a class="id" href={deadLetterAddress(id)} title={id}>
              {id.slice(0, 8)}
            </a>{' '}
            <Pill tone={STATE_TONES[state]}>{state}</Pill> {consumer}
            <br />
            <span class="muted">
              {words(reason)}
              {issue !== undefined && `: ${fieldOf(issue.path)} ${issue.message}`} · <Ago at={failedAt} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
