import type { _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import type { Image } from '../models/attribute-value.ts';

/** An item that the workload has broken on purpose. It has a mark of its own, so that no check here uses the code under test. */
export const isMalformed = (image: Image | undefined): boolean => image?.['malformed'] !== undefined;

export const textOf = (image: Image | undefined, name: string): string => image?.[name]?.S ?? '';
export const numberOf = (image: Image | undefined, name: string): number => Number(image?.[name]?.N ?? 0);
export const placeOf = (image: Image | undefined): string => `${textOf(image, 'pk')} ${textOf(image, 'sk')}`;
export const isOf = (image: Image | undefined, entityType: string): boolean =>
  textOf(image, 'entityType') === entityType && !isMalformed(image);

/** Pieces by sku of an order's or a reservation's lines. */
export function piecesOf(image: Image | undefined): ReadonlyMap<string, number> {
  const pieces = new Map<string, number>();
  for (const line of image?.['lines']?.L ?? []) {
    const sku = line.M?.['sku']?.S ?? '';
    pieces.set(sku, (pieces.get(sku) ?? 0) + Number(line.M?.['quantity']?.N ?? 0));
  }
  return pieces;
}

/** A record's images. A consumer cannot read a record whose newest one is malformed. */
export interface Recorded {
  readonly eventId: string;
  readonly kind: string;
  readonly before: Image | undefined;
  readonly after: Image | undefined;
  readonly isPoison: boolean;
  readonly isExpiry: boolean;
  /** The version that the change leaves: of a removal, the one after its last image's. */
  readonly version: number;
}

export function recorded(record: SdkRecord): Recorded {
  const { NewImage: after, OldImage: before } = record.dynamodb ?? {};
  return {
    eventId: record.eventID ?? '',
    kind: record.eventName ?? '',
    before: before as Image | undefined,
    after: after as Image | undefined,
    isPoison: isMalformed((after ?? before) as Image | undefined),
    isExpiry: record.userIdentity !== undefined,
    version:
      after === undefined ? numberOf(before as Image, 'version') + 1 : numberOf(after as Image, 'version'),
  };
}

/** What a product is searched by, by the words of docs/search.md. */
const SEARCHED_OF_PRODUCT = ['name', 'category', 'subCategory', 'unitPrice', 'currency', 'createdAt'];
const searchedOfProduct = (image: Image | undefined): string =>
  JSON.stringify([numberOf(image, 'stock') > 0, ...SEARCHED_OF_PRODUCT.map((name) => image?.[name])]);

/** Whether a sound record of an item that is searched must change its document: not where it only moves a product's stock. */
export const changesDocument = ({ kind, before, after }: Recorded): boolean =>
  kind !== 'MODIFY' ||
  !isOf(before, 'Product') ||
  !isOf(after, 'Product') ||
  searchedOfProduct(before) !== searchedOfProduct(after);

/** The events that a sound record of an order must bring about, by the words of docs/events.md. */
export function eventsOf(record: Recorded, highValueThreshold: number): readonly string[] {
  const status = statusEventOf(record);
  const { kind, before, after } = record;
  const isNewlyPlaced =
    textOf(after, 'status') === 'placed' &&
    (kind === 'INSERT' || (before !== undefined && isMalformed(before)));
  const isHigh = highValueThreshold > 0 && numberOf(after, 'total') >= highValueThreshold;
  return [
    ...(status === undefined ? [] : [status]),
    ...(isNewlyPlaced && isHigh ? ['order.high-value'] : []),
  ];
}

function statusEventOf({ kind, before, after, isExpiry }: Recorded): string | undefined {
  if (after === undefined) return isExpiry ? 'order.expired' : 'order.removed';
  const status = textOf(after, 'status');
  if (kind === 'INSERT') return 'order.placed';
  if (!isMalformed(before) && textOf(before, 'status') === status) return undefined;
  if (status === 'placed') return 'order.placed';
  return status === 'rejected' ? 'order.rejected' : 'order.status-changed';
}

const RELEASABLE_STATUSES = new Set(['placed', 'confirmed', 'cancelled']);

/** Whether a sound record of an order must leave its mark on the reservation. */
export function concernsStock({ kind, before, after }: Recorded): boolean {
  if (after === undefined) return RELEASABLE_STATUSES.has(textOf(before, 'status'));
  const status = textOf(after, 'status');
  const isFirstSeen = kind === 'INSERT' || isMalformed(before);
  return status === 'placed' || status === 'cancelled' || (status === 'confirmed' && isFirstSeen);
}
