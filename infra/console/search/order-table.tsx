import type { ComponentChildren } from 'preact';
import type { OrderHit } from '../../../contracts/api/search.ts';
import { Ago } from '../parts/basic.tsx';
import { count, money } from '../parts/format.ts';
import { StatusPill } from '../parts/status-pill.tsx';
import { Marked, OtherMarks } from './found.tsx';

interface OrderTableProps {
  readonly hits: readonly OrderHit[];
  readonly addressOf: (hit: OrderHit) => string;
  readonly caption: ComponentChildren;
  /** What stands beside the addressee, such as a link to the user's orders. */
  readonly userOf?: (hit: OrderHit) => ComponentChildren;
}

/** Orders that a search found: to whom, what, how much and when, with what was searched for marked. */
export function OrderTable({ hits, addressOf, caption, userOf }: OrderTableProps) {
  const isMarked = hits.some(
    (hit) => OtherMarks({ highlights: hit.highlights, shown: shownOf(hit) }).length > 0,
  );
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Order</th>
          <th scope="col">{userOf === undefined ? 'To' : 'Customer'}</th>
          <th scope="col">Products</th>
          <th scope="col">Status</th>
          <th scope="col" class="number">
            Total
          </th>
          <th scope="col">Placed</th>
          {isMarked && <th scope="col">Found in</th>}
        </tr>
      </thead>
      <tbody>
        {hits.map((hit) => (
          <tr key={hit.orderId}>
            <td data-label="Order">
              <a class="id" data-row href={addressOf(hit)}>
                <Marked text={hit.orderId} highlights={hit.highlights} />
              </a>
            </td>
            <td data-label={userOf === undefined ? 'To' : 'Customer'}>
              <span>
                <Marked text={hit.shipToName} highlights={hit.highlights} /> {userOf?.(hit)}
              </span>
            </td>
            <td data-label="Products">
              <span>
                <Marked text={hit.firstProduct} highlights={hit.highlights} />
                {hit.lineCount > 1 && <span class="muted nobreak"> +{count(hit.lineCount - 1)} more</span>}
              </span>
            </td>
            <td data-label="Status">
              <StatusPill status={hit.status} />
            </td>
            <td data-label="Total" class="number">
              {money(hit.total, hit.currency)}
            </td>
            <td data-label="Placed" class="nobreak">
              <Ago at={hit.createdAt} />
            </td>
            {isMarked && (
              <td data-label="Found in">
                <OtherMarks highlights={hit.highlights} shown={shownOf(hit)} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const shownOf = ({ orderId, userId, shipToName, firstProduct }: OrderHit): readonly string[] => [
  orderId,
  userId,
  shipToName,
  firstProduct,
];
