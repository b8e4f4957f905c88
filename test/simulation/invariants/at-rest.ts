import { isDeepStrictEqual } from 'node:util';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { TableItem } from '../../../contracts/entities/entities.ts';
import { documentOf, type SearchDocument } from '../../../pipelines/search/documents.ts';
import {
  INDEX_NAMES,
  type IndexName,
  shadowAlias,
  writeAlias,
} from '../../../pipelines/search/index-names.ts';
import { hashEmail } from '../../builders/email-hash.ts';
import type { Image } from '../models/attribute-value.ts';
import { InvariantViolation, type Observer } from '../observer.ts';
import { TABLE } from '../places.ts';
import type { World } from '../world.ts';
import { isMalformed, isOf, piecesOf, placeOf, textOf } from './images.ts';

const HOLDING = new Set(['placed', 'confirmed', 'shipped', 'delivered']);

/** At rest: every item keeps its contract, the index is the table, and no order is in two states. */
export class RestInvariant implements Observer {
  readonly #world: World;
  /** The last status of removed orders. */
  readonly #removed = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  committed(
    changes: readonly { readonly before: Image | undefined; readonly after: Image | undefined }[],
  ): void {
    for (const { before, after } of changes) {
      if (isOf(after, 'Order')) this.#removed.delete(textOf(after, 'orderId'));
      if (after === undefined && isOf(before, 'Order'))
        this.#removed.set(textOf(before, 'orderId'), textOf(before, 'status'));
    }
  }

  atRest(): void {
    const images = this.#world.services.database.items(TABLE).filter((image) => !isMalformed(image));
    const items = images.map((image) => {
      const parsed = TableItem.safeParse(unmarshall({ ...image }));
      if (parsed.success) return parsed.data;
      throw new InvariantViolation(
        'every item keeps its contract',
        `${placeOf(image)}: ${parsed.error.message}`,
      );
    });
    this.#checkIndex(items);
    const reservations = new Map(
      images.filter((image) => isOf(image, 'Reservation')).map((image) => [textOf(image, 'orderId'), image]),
    );
    for (const image of images.filter((one) => isOf(one, 'Order')))
      checkState(image, reservations.get(textOf(image, 'orderId')));
    for (const [orderId, status] of this.#removed) {
      const state = textOf(reservations.get(orderId), 'state');
      if (state === 'RESERVED' && status !== 'shipped' && status !== 'delivered')
        throw new InvariantViolation(
          'no order in two states',
          `${orderId} was removed as ${status} and is still reserved for`,
        );
    }
  }

  #checkIndex(items: readonly TableItem[]): void {
    for (const name of INDEX_NAMES) {
      const wanted = items.flatMap((item) => {
        const document = documentOf(item, hashEmail);
        return document?.index === name ? [document] : [];
      });
      this.#checkAlias(name, writeAlias(name), wanted);
      if (this.#world.config.hasShadow) this.#checkAlias(name, shadowAlias(name), wanted);
    }
  }

  #checkAlias(name: IndexName, alias: string, wanted: readonly SearchDocument[]): void {
    const documents = this.#world.services.search.documents(alias);
    for (const { id, version, source } of wanted) {
      const found = documents.get(id);
      // A change that leaves a product's document as it is does not write it, so that it may be of an older version.
      const isOfVersion = name === 'products' ? (found?.version ?? 0) <= version : found?.version === version;
      if (!isOfVersion || !isDeepStrictEqual(found?.source, JSON.parse(JSON.stringify(source))))
        throw new InvariantViolation(
          'index = table',
          `${alias}/${id} is at ${found?.version}, the table at ${version}`,
        );
    }
    const ids = new Set(wanted.map(({ id }) => id));
    for (const [id, { version }] of documents)
      if (!ids.has(id))
        throw new InvariantViolation(
          'index = table',
          `${alias}/${id} is at ${version}, and no longer in the table`,
        );
  }
}

function checkState(order: Image, reservation: Image | undefined): void {
  const [orderId, status] = [textOf(order, 'orderId'), textOf(order, 'status')];
  const state = textOf(reservation, 'state');
  const isSound = HOLDING.has(status)
    ? state === 'RESERVED'
    : status === 'rejected'
      ? state === 'REJECTED'
      : state === 'RELEASED' || state === 'REJECTED';
  if (!isSound)
    throw new InvariantViolation(
      'no order in two states',
      `${orderId} is ${status}, its reservation is ${state}`,
    );
  if (HOLDING.has(status) && !isDeepStrictEqual(piecesOf(order), piecesOf(reservation)))
    throw new InvariantViolation('a reservation holds what its order needs', orderId);
}
