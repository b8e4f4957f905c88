import type { MalformedItem, OrderTimeline } from '../../../../contracts/api/timeline.ts';
import { Ago, At, Card, Copy, Pill, Pre, type Tone } from '../../parts/basic.tsx';
import { money } from '../../parts/format.ts';
import { IssueList } from '../../parts/issues.tsx';
import { StatusPill } from '../../parts/status-pill.tsx';

interface TimelineProps {
  readonly timeline: OrderTimeline;
}

/** The order as the table has it. */
export function NowCard({ timeline: { order, document } }: TimelineProps) {
  return (
    <Card id="now" title="Now">
      {order === undefined ? (
        <p class="empty">The order was removed from the table.</p>
      ) : (
        <dl class="pairs">
          <dt>Status</dt>
          <dd>
            <StatusPill status={order.status} />
          </dd>
          <dt>Total</dt>
          <dd>{money(order.total, order.currency)}</dd>
          <dt>Lines</dt>
          <dd>
            <ul class="plain">
              {order.lines.map(({ sku, name, quantity, amount }, place) => (
                <li key={`${place} ${sku}`}>
                  {quantity} × <bdi>{name}</bdi> <span class="muted">{money(amount, order.currency)}</span>
                </li>
              ))}
            </ul>
          </dd>
          <dt>To</dt>
          <dd>
            <bdi>
              {order.shipTo.name}, {order.shipTo.city}, {order.shipTo.country}
            </bdi>
          </dd>
          <dt>Changed</dt>
          <dd>
            <Ago at={order.updatedAt} />
          </dd>
          <dt>Version</dt>
          <dd>
            <span class="id">{order.version}</span>{' '}
            {document.state === 'indexed' && document.version === order.version && (
              <span class="ok">= index</span>
            )}
          </dd>
        </dl>
      )}
    </Card>
  );
}

/** The item as it is in the table, which fields are wrong, and what to do. */
export function MalformedCard({
  malformed: { item, issues, remedy },
}: {
  readonly malformed: MalformedItem;
}) {
  const text = JSON.stringify(item, undefined, 2);
  return (
    <Card
      id="malformed"
      kind="bad"
      title={
        <>
          <Pill tone="bad">malformed</Pill> The item violates its contract
        </>
      }
      tools={<Copy text={text}>Copy item</Copy>}
    >
      <IssueList issues={issues} />
      <p>
        <strong>What to do: </strong>
        {remedy}
      </p>
      <Pre label="The item in the table">{text}</Pre>
    </Card>
  );
}

const RESERVATION_TONES: Readonly<Record<string, Tone>> = {
  RESERVED: 'ok',
  RELEASED: 'calm',
  REJECTED: 'bad',
};

/** The stock that the order holds. */
export function ReservationCard({ timeline: { reservation } }: TimelineProps) {
  return (
    <Card id="reservation" title="Reservation">
      {reservation === undefined ? (
        <p class="empty">There is none.</p>
      ) : (
        <>
          <p>
            <Pill tone={RESERVATION_TONES[reservation.state] ?? 'calm'}>
              {reservation.state.toLowerCase()}
            </Pill>{' '}
            <span class="muted">
              <At at={reservation.updatedAt} />
            </span>
          </p>
          <ul class="plain">
            {reservation.lines.map(({ sku, quantity }) => (
              <li key={sku}>
                {quantity} × <bdi class="id">{sku}</bdi>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

/** What a search finds of the order. */
export function DocumentCard({ timeline: { document, order } }: TimelineProps) {
  return (
    <Card id="document" title="Search document">
      {document.state === 'absent' && <p class="empty">The index has none.</p>}
      {document.state === 'unknown' && (
        <p>
          <Pill tone="bad">not known</Pill> OpenSearch does not respond.
        </p>
      )}
      {document.state === 'indexed' && (
        <>
          <p>
            {document.version === order?.version ? (
              <Pill tone="ok">at the version of the table</Pill>
            ) : (
              <Pill tone="warn">at another version than the table</Pill>
            )}{' '}
            <span class="id">{document.version}</span>
          </p>
          <details>
            <summary>The document as it is indexed</summary>
            <Pre label="The document in the index">{JSON.stringify(document.source, undefined, 2)}</Pre>
          </details>
        </>
      )}
    </Card>
  );
}
