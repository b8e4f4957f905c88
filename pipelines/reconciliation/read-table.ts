import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import pLimit from 'p-limit';
import type { CountedOrderItem, StatsUpdate } from '../../contracts/entities/counted-order.ts';
import type { TableItem } from '../../contracts/entities/entities.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import type { OrderItem } from '../../contracts/entities/order.ts';
import type { ReservationItem } from '../../contracts/entities/reservation.ts';
import type { OrderId, Version } from '../../contracts/ids.ts';
import { type ItemVisitor, itemIn, scanTable } from '../dynamodb/scan-table.ts';
import { addStats } from '../order-events/analytics/recount.ts';
import { DailyCounters, statsUpdateOf } from '../order-events/analytics/stats-update.ts';
import { addressOf } from '../search/documents.ts';
import type { IndexName } from '../search/index-names.ts';
import { HeldPieces, type StockFigures } from './check-stock.ts';
import { type AccountFigures, LedgerSums } from './compare-ledger.ts';
import { type DocumentState, documentState } from './read-index.ts';

/** The items of a table as one scan saw them. */
export interface TableContents {
  readonly items: readonly TableItem[];
  /** How many items violate their contract, and so belong to no comparison. */
  readonly malformed: number;
}

/**
 * Reads a complete table by a parallel, consistent scan. It sees each item once but not all at one moment, so compare when
 * nothing writes. For tables that fit in memory.
 *
 * @param segments How many parts are scanned at the same time.
 */
export async function readTable(
  dynamoDb: DynamoDBClient,
  tableName: string,
  segments: number,
): Promise<TableContents> {
  const items: TableItem[] = [];
  let malformed = 0;
  const { signal } = new AbortController();
  await scanTable(
    dynamoDb,
    { tableName, segments, signal },
    {
      item: (item) => items.push(item),
      malformed: () => {
        malformed += 1;
      },
    },
  );
  return { items, malformed };
}

/** The table that is checked. */
export interface CheckedTable {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  /** How many parts of it are scanned at the same time. */
  readonly segments: number;
}

const READS_AT_ONCE_MAX = 8;

/** Reads the current state under a key, consistently; `malformed` for an item that violates its contract. */
export async function readCurrent(
  { dynamoDb, tableName }: CheckedTable,
  { pk, sk }: ItemKey,
): Promise<TableItem | 'malformed' | undefined> {
  const { Item } = await dynamoDb.send(
    new GetItemCommand({ TableName: tableName, Key: marshall({ pk, sk }), ConsistentRead: true }),
  );
  return Item && (itemIn(Item) ?? 'malformed');
}

/** Reads the current states under keys, consistently, in the order of the keys; see {@link readCurrent}. */
export async function readAllCurrent(
  table: CheckedTable,
  keys: readonly ItemKey[],
): Promise<readonly Awaited<ReturnType<typeof readCurrent>>[]> {
  const limit = pLimit(READS_AT_ONCE_MAX);
  return Promise.all(keys.map((key) => limit(readCurrent, table, key)));
}

/** An item that is searched: what its document must be, and its key to read it again. */
export interface SearchedItem extends DocumentState {
  readonly version: Version;
  readonly key: ItemKey;
}

/** What the checks use of an item that is searched. */
export const searchedItem = (item: TableItem): SearchedItem => ({
  ...documentState(item),
  version: item.version,
  key: { pk: item.pk, sk: item.sk },
});

/** The parts of an order that the checks use. */
export interface OrderFigures extends SearchedItem {
  readonly status: OrderItem['status'];
  /** {@link statsUpdateText} of it. */
  readonly statsUpdate: string;
}

/** A stats update as one text, so that two can be compared and many be kept. */
export const statsUpdateText = ({ day, status, units, revenue, currency }: StatsUpdate): string =>
  `${day} ${status} ${units} ${revenue} ${currency}`;

/** The last status that an order was counted with; `undefined` where it was removed before its versions were kept. */
export const lastStatusOf = ({
  contribution,
  versions = [],
}: Pick<CountedOrderItem, 'contribution' | 'versions'>): OrderItem['status'] | undefined =>
  contribution?.status ?? versions.findLast(({ status }) => status !== undefined)?.status;

/**
 * The data of a table that the checks use, collected by a scan: ids, versions and sums, and no complete items except the ledger
 * entries whose other side was not seen yet.
 */
export class TableDigest implements ItemVisitor {
  readonly searched: Readonly<Record<IndexName, Map<string, SearchedItem>>> = {
    orders: new Map(),
    products: new Map(),
    users: new Map(),
  };
  readonly orders = new Map<OrderId, OrderFigures>();
  readonly countedOrders = new Map<
    OrderId,
    { orderVersion: Version; statsUpdate: string | undefined; lastStatus: OrderItem['status'] | undefined }
  >();
  readonly reservations = new Map<OrderId, Pick<ReservationItem, 'state' | 'orderVersion'>>();
  readonly products: StockFigures[] = [];
  readonly held = new HeldPieces();
  readonly stats = new DailyCounters();
  readonly counted = new DailyCounters();
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
    const searched = searchedItem(item);
    if (address !== undefined) this.searched[address.index].set(address.id, searched);
    switch (item.entityType) {
      case 'Order': {
        const statsUpdate = statsUpdateText(statsUpdateOf(item));
        this.orders.set(item.orderId, { ...searched, status: item.status, statsUpdate });
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
        this.#countedOrder(item);
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

  #countedOrder(item: CountedOrderItem): void {
    const { orderId, orderVersion, contribution: statsUpdate } = item;
    if (statsUpdate !== undefined) this.counted.add(statsUpdate);
    this.countedOrders.set(orderId, {
      orderVersion,
      statsUpdate: statsUpdate && statsUpdateText(statsUpdate),
      lastStatus: lastStatusOf(item),
    });
  }
}
