import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { IdempotencyKey } from '../../contracts/api/parameters.ts';
import { OrderItem, statusKey } from '../../contracts/entities/order.ts';
import { Instant, OrderId, Sku, UserId, Version } from '../../contracts/ids.ts';
import { isFinal, STATUS_TRANSITIONS } from '../../contracts/order-status.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { instantOf } from '../../pipelines/clock.ts';
import { eraseOrders } from '../../pipelines/erasure/erase-orders.ts';
import { OrderStreamError, TransientError } from '../../pipelines/errors.ts';
import { cancelStaleOrders } from '../../pipelines/orders/cancel-stale-orders.ts';
import { changeOrderStatus } from '../../pipelines/orders/change-order-status.ts';
import { createOrder } from '../../pipelines/orders/create-order.ts';
import { deleteOrder } from '../../pipelines/orders/delete-order.ts';
import { importOrder } from '../../pipelines/orders/import-order.ts';
import { newProduct } from '../../pipelines/products/create-products.ts';
import { receiveStock } from '../../pipelines/products/receive-stock.ts';
import { toLambdaRecord } from '../../pipelines/stream/lambda-record.ts';
import { newUser } from '../../pipelines/users/create-users.ts';
import { deleteUser, updateUser } from '../../pipelines/users/update-user.ts';
import { STATUS_PARTITIONS } from '../builders/values/items.ts';
import type { Config } from './config.ts';
import type { Mapping } from './mapping.ts';
import type { Image } from './models/attribute-value.ts';
import { STREAM_ARN } from './models/stream.ts';
import { CONSUMERS, IDEMPOTENCY_TABLE, TABLE } from './places.ts';
import { Dice, mixed } from './random.ts';
import { replayedRecord, runAutomaticReplay } from './replays.ts';
import type { World } from './world.ts';

/** What people, schedules and outages do to the system. */
const OPERATION_KINDS = {
  place: 8,
  advance: 10,
  cancel: 3,
  delete: 3,
  receive: 2,
  import: 3,
  'rename-user': 1,
  'delete-user': 1,
  'erase-order': 1,
  expire: 2,
  'insert-malformed': 2,
  break: 1,
  repair: 2,
  'cancel-stale': 1,
  'automatic-replay': 2,
  'replay-record': 3,
  split: 1,
  trim: 1,
  outage: 2,
  'restart-mapping': 1,
} as const;
export type OperationKind = keyof typeof OPERATION_KINDS;

/** One thing that happens at a time. What it is about follows from its own dice and from what there is then. */
export interface Operation {
  readonly id: number;
  readonly kind: OperationKind;
  readonly atMs: number;
}

const TRIES_MAX = 3;
const RETRY_MS = [300, 4_000] as const;
const OUTAGE_MS = [500, 400_000] as const;
const SERVICES = ['dynamodb', 'sns', 'sqs', 's3', 'opensearch', 'streams'] as const;
const SHIP_TO = { name: 'Ada Example', city: 'Dresden', country: 'Germany' };
const MALFORMED = { BOOL: true };

/** The operations of a seed, in their order. */
export function operationsOf(seed: number, config: Config): readonly Operation[] {
  const dice = new Dice(mixed(seed, 0x0b));
  const weights = Object.entries(OPERATION_KINDS) as [OperationKind, number][];
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  const kindAt = (place: number): OperationKind => {
    let remaining = place;
    for (const [kind, weight] of weights) {
      remaining -= weight;
      if (remaining < 0) return kind;
    }
    return 'place';
  };
  return Array.from({ length: config.operations }, (_, id): Operation => {
    // The first orders are there before anything is done to them.
    const kind = id < 2 ? dice.pick<OperationKind>(['place', 'import']) : kindAt(dice.next() * total);
    return { id, kind, atMs: dice.next() * config.spanSeconds * MS_PER_SECOND * (id < 2 ? 0.2 : 1) };
  });
}

/** Items that break their contract, and what would repair them; `undefined` where nothing can. */
type Repairing = OrderItem | undefined;

/** Does what the operations say, through the API's own functions where it has one. */
export class Workload {
  readonly #world: World;
  readonly #mappings: readonly Mapping[];
  readonly #broken = new Map<
    string,
    { readonly key: Image; readonly repairing: Repairing; readonly wasSound: boolean }
  >();

  constructor(world: World, mappings: readonly Mapping[]) {
    this.#world = world;
    this.#mappings = mappings;
  }

  /** The catalogue and the users, there from the beginning. */
  furnish(): void {
    const { config, services, clock } = this.#world;
    const now = instantOf(clock.now());
    const put = (item: object): void => {
      const image = marshall(item, { removeUndefinedValues: true });
      services.database.change(TABLE, image, image);
    };
    for (let n = 0; n < config.skus; n += 1) {
      const body = {
        sku: skuOf(n),
        name: 'Oak chair',
        category: 'Furniture',
        unitPrice: 1_250,
        currency: 'EUR' as const,
      };
      const product = newProduct(body as Parameters<typeof newProduct>[0], now, clock.firstVersion());
      put({ ...product, stock: config.stock, received: config.stock });
    }
    for (let n = 0; n < config.users; n += 1)
      put(
        newUser(
          { userId: userOf(n), name: 'Ada Example', email: 'ada@example.com' },
          now,
          clock.firstVersion(),
        ),
      );
  }

  schedule(operations: readonly Operation[]): void {
    for (const operation of operations) {
      this.#world.scheduler.after(operation.atMs, `operation ${operation.id}`, () => this.#begin(operation));
    }
  }

  /** Repairs every item that was sound once: the effects of one that stays broken are undefined. */
  repairEach(): void {
    for (const [place, { wasSound }] of [...this.#broken]) if (wasSound) this.#repairAll(place);
  }

  #begin(operation: Operation): void {
    const { scheduler, seed } = this.#world;
    const dice = new Dice(mixed(mixed(seed, 0xd0), operation.id));
    scheduler.note(() => `operation ${operation.id}: ${operation.kind}`);
    const ended = this.#perform(operation, dice);
    ended?.then(
      () => scheduler.note(() => `operation ${operation.id} is done`),
      (error: unknown) =>
        scheduler.note(
          () => `operation ${operation.id} failed: ${error instanceof Error ? error.name : 'unknown'}`,
        ),
    );
  }

  #perform({ id, kind }: Operation, dice: Dice): Promise<unknown> | undefined {
    const { services, config } = this.#world;
    switch (kind) {
      case 'place':
        return this.#place(id, dice);
      case 'advance':
        return this.#advance(dice);
      case 'cancel':
        return this.#change(dice, 'cancelled');
      case 'delete': {
        const order = this.#someOrder(dice);
        return order && this.#asCaller(dice, (deps) => deleteOrder(deps, order));
      }
      case 'receive':
        return this.#receive(id, dice);
      case 'import':
        return this.#import(id, dice);
      case 'rename-user': {
        const userId = userOf(dice.between(0, config.users - 1));
        return this.#asCaller(dice, (deps) =>
          updateUser(deps, { userId, body: { name: `Ada ${id}` }, ifMatch: undefined } as Parameters<
            typeof updateUser
          >[1]),
        );
      }
      case 'delete-user': {
        const userId = userOf(dice.between(0, config.users - 1));
        return this.#asCaller(dice, (deps) => deleteUser(deps, { userId, ifMatch: undefined }));
      }
      case 'erase-order':
        return this.#erase(dice);
      case 'cancel-stale':
        return this.#cancelStale(dice);
      case 'automatic-replay':
        return runAutomaticReplay(this.#world);
      case 'replay-record':
        return this.#replayRecord(dice);
      case 'expire':
        return this.#expire();
      case 'insert-malformed':
        return this.#insertMalformed(id, dice);
      case 'break':
        return this.#break(dice);
      case 'repair':
        return this.#repairOne(dice);
      case 'split':
        services.stream.split(dice.between(0, 7));
        return void this.#world.stirStream();
      case 'trim':
        return void services.stream.trim();
      case 'outage':
        return this.#outage(dice);
      case 'restart-mapping':
        return this.#mappings[dice.between(0, this.#mappings.length - 1)]?.restart() as undefined;
    }
  }

  /** Runs a request of the API in a process of its own; what may have taken effect is asked for again, as clients do. */
  async #asCaller<Result>(dice: Dice, request: (deps: ApiDeps) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request(this.#apiDeps());
      } catch (error) {
        const isOver = error instanceof OrderStreamError && !(error instanceof TransientError);
        if (isOver || attempt === TRIES_MAX) throw error;
        await new Promise((resolve) => setTimeout(resolve, dice.spread(...RETRY_MS)));
      }
    }
  }

  #apiDeps(): ApiDeps {
    const { clock, config } = this.#world;
    const { dynamoDb } = this.#world.clients(this.#world.newHost('api'));
    const { orderRetentionDays } = config;
    return {
      dynamoDb,
      tableName: TABLE,
      idempotencyTableName: IDEMPOTENCY_TABLE,
      clock,
      orderRetentionDays,
      statusPartitions: STATUS_PARTITIONS,
      orderPiecesMax: 0,
      openOrdersMax: 0,
    };
  }

  #place(id: number, dice: Dice): Promise<unknown> {
    const { config } = this.#world;
    const userId = userOf(dice.between(0, config.users - 1));
    const lines = Array.from({ length: dice.between(1, 2) }, () => ({
      sku: skuOf(dice.between(0, config.skus - 1)),
      quantity: dice.between(1, 5),
    }));
    const idempotencyKey = dice.chance(0.5) ? IdempotencyKey.parse(`place-${id}`) : undefined;
    let tries = 0;
    return this.#asCaller(dice, (deps) => {
      tries += 1;
      const orderId = orderIdOf(id * TRIES_MAX + tries);
      const body = { lines, shipTo: SHIP_TO } as Parameters<typeof createOrder>[1]['body'];
      return createOrder(
        { ...deps, newOrderId: () => orderId },
        { userId, body, idempotencyKey, caller: 'staff', byOwner: false },
      );
    });
  }

  #advance(dice: Dice): Promise<unknown> | undefined {
    const order = this.#someOrder(dice);
    if (order === undefined) return undefined;
    const next = STATUS_TRANSITIONS[order.status].filter(
      (status) => status !== 'cancelled' && status !== 'rejected',
    )[0];
    if (next === undefined || next === 'placed') return undefined;
    return this.#asCaller(dice, (deps) =>
      changeOrderStatus(deps, { ...order, status: next, byOwner: false }),
    );
  }

  #change(dice: Dice, status: 'cancelled'): Promise<unknown> | undefined {
    const order = this.#someOrder(dice);
    return (
      order && this.#asCaller(dice, (deps) => changeOrderStatus(deps, { ...order, status, byOwner: false }))
    );
  }

  /** As `ops forget` does with each order. */
  #erase(dice: Dice): Promise<unknown> | undefined {
    const order = this.#someOrder(dice);
    const { signal } = new AbortController();
    return order && this.#asCaller(dice, (deps) => eraseOrders(deps, [order], signal));
  }

  #receive(id: number, dice: Dice): Promise<unknown> {
    const sku = skuOf(dice.between(0, this.#world.config.skus - 1));
    const idempotencyKey = dice.chance(0.7) ? IdempotencyKey.parse(`receive-${id}`) : undefined;
    const body = { quantity: dice.between(1, 5) } as Parameters<typeof receiveStock>[1]['body'];
    return this.#asCaller(dice, (deps) => receiveStock(deps, { sku, body, idempotencyKey, caller: 'staff' }));
  }

  #import(id: number, dice: Dice): Promise<unknown> {
    const { config } = this.#world;
    // Of a few sources, so that an order which was deleted comes again under its old id.
    const source = dice.between(0, 2);
    const sku = skuOf(source % config.skus);
    // A source is corrected at times: its order then has other lines.
    const quantity = source + (id % 3 === 0 ? 3 : 1);
    const order = {
      sourceId: `source-${source}`,
      userId: userOf(0),
      placedAt: Instant.parse('2026-02-27T08:00:00.000Z'),
      lines: [{ sku, name: 'Oak chair', category: 'Furniture', quantity, amount: 990 }],
      currency: 'EUR',
      shipTo: SHIP_TO,
    } as Parameters<typeof importOrder>[1];
    return this.#asCaller(dice, (deps) => importOrder(deps, order));
  }

  #cancelStale(dice: Dice): Promise<unknown> {
    const placedBefore = instantOf(this.#world.clock.now());
    return this.#asCaller(dice, (deps) =>
      cancelStaleOrders({ ...deps, onFailure: () => undefined }, { placedBefore, hasTime: () => true }),
    );
  }

  #replayRecord(dice: Dice): Promise<unknown> | undefined {
    const { stream } = this.#world.services;
    const records = stream.shardIds.flatMap((shardId) => stream.history(shardId));
    const record = records[Math.floor(dice.next() * records.length)];
    return record && replayedRecord(this.#world, dice.pick(CONSUMERS), toLambdaRecord(record, STREAM_ARN));
  }

  #expire(): undefined {
    const nowSeconds = this.#world.scheduler.nowMs / MS_PER_SECOND;
    const expired = this.#world.services.database
      .items(TABLE)
      .filter(
        ({ ttl, malformed }) =>
          ttl?.N !== undefined && Number(ttl.N) <= nowSeconds && malformed === undefined,
      );
    for (const item of expired) this.#world.expire(item);
  }

  #insertMalformed(id: number, dice: Dice): undefined {
    const order = this.#newOrder(id, dice);
    const image = marshall(order, { removeUndefinedValues: true });
    const { entityType, ...untyped } = image;
    const [malformed, repairing] = dice.pick<[Image, Repairing]>([
      [{ ...image, total: { S: 'many' } }, order],
      [{ ...image, version: { N: '12.5' } }, undefined],
      [untyped, undefined],
      [{ ...image, pk: { S: `CART#${id}` }, sk: { S: 'ITEM' } }, undefined],
    ]);
    this.#breakInto({ ...malformed, malformed: MALFORMED }, repairing, false);
  }

  #break(dice: Dice): undefined {
    const order = this.#someOrder(dice);
    if (order === undefined || isFinal(order.status)) return;
    const version = Version.parse(order.version + 1);
    const image = marshall({ ...order, version }, { removeUndefinedValues: true });
    this.#breakInto({ ...image, total: { S: 'many' }, malformed: MALFORMED }, { ...order, version }, true);
  }

  #breakInto(image: Image, repairing: Repairing, wasSound: boolean): void {
    this.#broken.set(`${image['pk']?.S} ${image['sk']?.S}`, { key: image, repairing, wasSound });
    this.#world.services.database.change(TABLE, image, image);
  }

  #repairOne(dice: Dice): undefined {
    const places = [...this.#broken.keys()];
    const place = places[Math.floor(dice.next() * places.length)];
    if (place !== undefined) this.#repairAll(place);
  }

  /** Writes the item again, or deletes it where it cannot be repaired. */
  #repairAll(place: string): void {
    const broken = this.#broken.get(place);
    if (broken === undefined) return;
    this.#broken.delete(place);
    const { key, repairing } = broken;
    const repaired =
      repairing &&
      marshall({ ...repairing, version: repairing.version + 1 }, { removeUndefinedValues: true });
    this.#world.services.database.change(TABLE, key, repaired);
  }

  #outage(dice: Dice): undefined {
    const service = dice.pick(SERVICES);
    const { outages, scheduler, faults } = this.#world;
    if (faults.areOver) return;
    outages.add(service);
    scheduler.note(() => `${service} is away`);
    scheduler.after(dice.spread(...OUTAGE_MS), `${service} is back`, () => outages.delete(service));
  }

  #newOrder(id: number, dice: Dice): OrderItem {
    const now = this.#world.clock.now();
    const createdAt = instantOf(now);
    const amount = 1_250;
    const orderId = orderIdOf(900 + id);
    const userId = userOf(0);
    return OrderItem.parse({
      pk: `USER#${userId}`,
      sk: `ORDER#${orderId}`,
      entityType: 'Order',
      orderId,
      userId,
      status: 'placed',
      lines: [
        { sku: skuOf(0), name: 'Oak chair', category: 'Furniture', quantity: dice.between(1, 3), amount },
      ],
      total: amount,
      currency: 'EUR',
      shipTo: SHIP_TO,
      createdAt,
      updatedAt: createdAt,
      version: this.#world.clock.firstVersion(),
      ...statusKey({ orderId, createdAt, status: 'placed' }, STATUS_PARTITIONS),
      LSI1SK: String(amount).padStart(16, '0'),
    });
  }

  #someOrder(dice: Dice): OrderItem | undefined {
    const orders = this.#world.services.database
      .items(TABLE)
      .filter(({ entityType, malformed }) => entityType?.S === 'Order' && malformed === undefined);
    const image = orders[Math.floor(dice.next() * orders.length)];
    return image && OrderItem.parse(plain(image));
  }
}

type ApiDeps = Parameters<typeof changeOrderStatus>[0] &
  Omit<Parameters<typeof createOrder>[0], 'newOrderId'> &
  Parameters<typeof receiveStock>[0] &
  Parameters<typeof updateUser>[0];

const skuOf = (n: number): Sku => Sku.parse(`SKU-${n}`);
const userOf = (n: number): UserId => UserId.parse(`u-${n}`);
const orderIdOf = (n: number): OrderId => OrderId.parse(`01KJMSY7G0${String(n).padStart(16, '0')}`);
const plain = (image: Image): unknown => unmarshall({ ...image });
