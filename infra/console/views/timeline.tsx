import {
  OrderTimeline,
  type TimelineDocument,
  type TimelineVersion,
} from '../../../contracts/api/timeline.ts';
import { money, time } from '../format.ts';
import { ResponseState } from '../response-state.tsx';
import { addressOf } from '../route.ts';
import { useResponse } from '../use-response.ts';

const EVERY_MS = 2_000;

/** Everything that the system holds of an order. */
export function Timeline({ userId, orderId }: { readonly userId: string; readonly orderId: string }) {
  const path = `/ops/orders/${encodeURIComponent(userId)}/${encodeURIComponent(orderId)}/timeline`;
  const response = useResponse(path, OrderTimeline, EVERY_MS);
  const { value } = response;
  return (
    <>
      <p>
        <a href={addressOf(['orders'], { userId })}>{`All orders of ${userId}`}</a>
      </p>
      <h1>
        Order <span class="id">{orderId}</span>
      </h1>
      <ResponseState response={response} what="The order" />
      {value !== undefined && (
        <div class="cards">
          <Now timeline={value} />
          <Versions versions={value.versions} />
          <Reservation timeline={value} />
          <Document document={value.document} version={value.order?.version} />
        </div>
      )}
    </>
  );
}

function Now({ timeline: { order, malformed } }: { readonly timeline: OrderTimeline }) {
  return (
    <section aria-labelledby="now">
      <h2 id="now">Now</h2>
      {order === undefined ? (
        <p>{malformed === undefined ? 'The order was removed from the table.' : malformed.remedy}</p>
      ) : (
        <>
          <dl>
            <dt>Status</dt>
            <dd>
              <span class={`status ${order.status}`}>{order.status}</span>
            </dd>
            <dt>Total</dt>
            <dd>{money(order.total, order.currency)}</dd>
            <dt>Placed</dt>
            <dd>{time(order.createdAt)}</dd>
            <dt>Changed</dt>
            <dd>{time(order.updatedAt)}</dd>
            <dt>Version</dt>
            <dd class="id">{order.version}</dd>
            <dt>To</dt>
            <dd>
              {order.shipTo.name}, {order.shipTo.city}, {order.shipTo.country}
            </dd>
          </dl>
          <ul>
            {order.lines.map(({ sku, name, quantity, amount }, place) => (
              <li key={`${place} ${sku}`}>
                {quantity} × {name} <span class="muted">{money(amount, order.currency)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Versions({ versions }: { readonly versions: readonly TimelineVersion[] }) {
  return (
    <section aria-labelledby="versions">
      <h2 id="versions">Versions and notifications</h2>
      <ol class="versions">
        {versions.map(({ version, at, status, notification, topic }) => (
          <li key={version}>
            <strong>{status ?? 'removed'}</strong> <span class="muted">{time(at)}</span>
            <br />
            <span class="id">{version}</span>
            <br />
            {notification === undefined ? (
              <span class="muted">Subscribers are not notified</span>
            ) : (
              <>
                {notification.type} <span class="id muted">{notification.id}</span>{' '}
                <span class="muted">{topic.state}</span>
              </>
            )}
          </li>
        ))}
      </ol>
      {versions.length === 0 && <p>No version of it was counted yet.</p>}
      <p class="muted">
        Each version with the notification that it brings about, and whether the topic has accepted it.
      </p>
    </section>
  );
}

function Reservation({ timeline: { reservation } }: { readonly timeline: OrderTimeline }) {
  return (
    <section aria-labelledby="reservation">
      <h2 id="reservation">Reservation</h2>
      {reservation === undefined ? (
        <p>There is none.</p>
      ) : (
        <>
          <p>
            <strong>{reservation.state}</strong> <span class="muted">{time(reservation.updatedAt)}</span>
          </p>
          <ul>
            {reservation.lines.map(({ sku, quantity }) => (
              <li key={sku}>
                {quantity} × <span class="id">{sku}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

interface DocumentProps {
  readonly document: TimelineDocument;
  readonly version: number | undefined;
}

function Document({ document, version }: DocumentProps) {
  return (
    <section aria-labelledby="document">
      <h2 id="document">Search document</h2>
      {document.state === 'absent' && <p>The index has none.</p>}
      {document.state === 'unknown' && <p class="failure">OpenSearch does not respond.</p>}
      {document.state === 'indexed' && (
        <>
          <p>
            {document.version === version
              ? 'At the version of the table: '
              : 'At another version than the table: '}
            <span class="id">{document.version}</span>
          </p>
          <details>
            <summary>The document as it is indexed</summary>
            <pre>{JSON.stringify(document.source, undefined, 2)}</pre>
          </details>
        </>
      )}
    </section>
  );
}
