import type { OrderId, Version } from '../../contracts/ids.ts';
import type { OrderItem } from '../../contracts/items/order.ts';
import type { ReservationItem } from '../../contracts/items/reservation.ts';
import type { TableItem } from '../../contracts/items/table-item.ts';
import type { Contribution, TallyItem } from '../../contracts/items/tally.ts';
import type { ItemKey } from '../../contracts/keys.ts';
import { contributionOf } from '../analytics/contribution.ts';
import { DailyCounters } from '../analytics/daily-counters.ts';
import { addStats } from '../analytics/recount.ts';
import type { ItemVisitor } from '../core/scan-table.ts';
import { addressOf } from '../search/documents.ts';
import type { IndexName } from '../search/index-names.ts';
import { type AccountFigures, LedgerSums } from './compare-ledger.ts';
import { HeldPieces, type StockFigures } from './compare-stock.ts';

/** An item that is searched: its version, and its key to read it again. */
export interface SearchedItem {
  readonly version: Version;
  readonly key: ItemKey;
}

/** What the checks need of an order. */
export interface OrderFigures extends SearchedItem {
  readonly status: OrderItem['status'];
  /** {@link contributionText} of it. */
  readonly contribution: string;
}

/** A contribution as one text, so that two can be compared and many be kept. */
export const contributionText = ({ day, status, units, revenue, currency }: Contribution): string =>
  `${day} ${status} ${units} ${revenue} ${currency}`;

/**
 * What the checks need of a table, gathered from a scan: ids, versions and sums, and no whole items but the ledger entries
 * whose other side has not come yet. Some hundred bytes an order: a million orders fit into a gigabyte.
 */
export class TableDigest implements ItemVisitor {
  readonly searched: Readonly<Record<IndexName, Map<string, SearchedItem>>> = {
    orders: new Map(),
    products: new Map(),
    users: new Map(),
  };
  readonly orders = new Map<OrderId, OrderFigures>();
  readonly tallies = new Map<OrderId, { orderVersion: Version; contribution: string | undefined }>();
  readonly reservations = new Map<OrderId, Pick<ReservationItem, 'state' | 'orderVersion'>>();
  readonly products: StockFigures[] = [];
  readonly held = new HeldPieces();
  readonly stats = new DailyCounters();
  readonly tallied = new DailyCounters();
  readonly accounts: AccountFigures[] = [];
  readonly ledger = new LedgerSums();
  readonly malformedKeys: ItemKey[] = [];
  items = 0;

  malformed(key: ItemKey): void {
    this.malformedKeys.push(key);
  }

  item(item: TableItem): void {
    this.items += 1;
    const address = addressOf(item);
    const searched = { version: item.version, key: { pk: item.pk, sk: item.sk } };
    if (address !== undefined) this.searched[address.index].set(address.id, searched);
    switch (item.entityType) {
      case 'Order': {
        const contribution = contributionText(contributionOf(item));
        this.orders.set(item.orderId, { ...searched, status: item.status, contribution });
        break;
      }
      case 'Product': {
        const { sku, stock, reserved, received } = item;
        this.products.push({ sku, stock, reserved, received });
        break;
      }
      case 'Reservation':
        this.held.add(item);
        this.reservations.set(item.orderId, { state: item.state, orderVersion: item.orderVersion });
        break;
      case 'Tally':
        this.#tally(item);
        break;
      case 'DailyStats':
        addStats(this.stats, item);
        break;
      case 'Account': {
        const { accountId, balance, openingBalance } = item;
        this.accounts.push({ accountId, balance, openingBalance });
        break;
      }
      case 'LedgerEntry':
        this.ledger.add(item);
        break;
      default:
    }
  }

  #tally({ orderId, orderVersion, contribution }: TallyItem): void {
    if (contribution !== undefined) this.tallied.add(contribution);
    this.tallies.set(orderId, {
      orderVersion,
      contribution: contribution && contributionText(contribution),
    });
  }
}
