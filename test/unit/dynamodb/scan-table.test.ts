import type { ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import type { TableItem } from '../../../contracts/entities/entities.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import {
  type Image,
  type SegmentScan,
  scanSegment,
  scanTable,
  visit,
} from '../../../pipelines/dynamodb/scan-table.ts';
import { allOf } from '../../builders/imports/imports.ts';
import { clientThat, modelTable, TABLE } from '../../builders/model-table.ts';
import { productItem, userItem } from '../../builders/values/items.ts';

const users = Array.from({ length: 5 }, (_, index) => userItem({ userId: `u-${index}` }));
const product = productItem();
const { signal } = new AbortController();

/** A visitor that keeps what it is shown. */
function keptVisits() {
  const items: TableItem[] = [];
  const malformed: ItemKey[] = [];
  return {
    items,
    malformed,
    visitor: {
      item: (item: TableItem) => void items.push(item),
      malformed: (key: ItemKey) => void malformed.push(key),
    },
  };
}
const keysOf = (items: readonly ItemKey[]): string[] => items.map(({ pk }) => pk).toSorted();

describe('scanning a segment', () => {
  const pagesOf = async (scan: Partial<SegmentScan>) => {
    const { dynamoDb } = modelTable(...users, product);
    const all = { tableName: TABLE, segment: 0, segments: 1, ...scan };
    return allOf(scanSegment(dynamoDb, all, signal));
  };

  it('continues from page to page to the end', async () => {
    const pages = await pagesOf({ pageItemsMax: 4 });
    expect(pages.map(({ images }) => images.length)).toEqual([4, 2]);
    expect(pages.map(({ next }) => next !== undefined)).toEqual([true, false]);
  });

  it('begins after the page that was read last', async () => {
    const [first] = await pagesOf({ pageItemsMax: 4 });
    const rest = await pagesOf({ from: first?.next });
    expect(rest.flatMap(({ images }) => images)).toEqual(
      [users[4], product].map((item) => marshall(item ?? {})),
    );
  });

  it('leaves out what is of none of the types', async () => {
    const [page] = await pagesOf({ entityTypes: ['Product', 'Account'] });
    expect(page?.images).toEqual([marshall(product)]);
  });

  it('takes a page without items for an empty one', async () => {
    const dynamoDb = clientThat(async () => ({}));
    const pages = scanSegment(dynamoDb, { tableName: TABLE, segment: 0, segments: 1 }, signal);
    expect(await allOf(pages)).toEqual([{ images: [], scanned: 0, next: undefined }]);
  });

  it('sees every write before each page, and can be given up', async () => {
    const { dynamoDb, send } = modelTable(...users);
    const aborted = AbortSignal.abort();
    await allOf(scanSegment(dynamoDb, { tableName: TABLE, segment: 0, segments: 1 }, aborted));
    const [command, options]: unknown[] = send.mock.calls[0] ?? [];
    expect(command).toMatchObject({ input: { ConsistentRead: true } });
    expect(options).toEqual({ abortSignal: aborted });
  });
});

describe('scanning a table', () => {
  it('shows each item once, for any number of segments', async () => {
    const { visitor, items } = keptVisits();
    const { dynamoDb } = modelTable(...users, product);
    await scanTable(dynamoDb, { tableName: TABLE, segments: 3, signal }, visitor);
    expect(keysOf(items)).toEqual(keysOf([...users, product]));
  });

  it('shows the items of the given types alone', async () => {
    const { visitor, items } = keptVisits();
    const { dynamoDb } = modelTable(...users, product);
    await scanTable(dynamoDb, { tableName: TABLE, segments: 2, entityTypes: ['Product'], signal }, visitor);
    expect(items).toEqual([product]);
  });

  it('reads the segments at the same time', async () => {
    const segments: ScanCommandInput['Segment'][] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const dynamoDb = clientThat(async ({ input }: { readonly input: ScanCommandInput }) => {
      segments.push(input.Segment);
      if (segments.length === input.TotalSegments) resolve();
      await promise;
      return {};
    });
    await scanTable(dynamoDb, { tableName: TABLE, segments: 3, signal }, keptVisits().visitor);
    expect(segments).toEqual([0, 1, 2]);
  });
});

describe('an image that is visited', () => {
  const visitsOf = (image: Image) => {
    const { visitor, ...kept } = keptVisits();
    visit(image, visitor);
    return kept;
  };
  const user = userItem();
  const { pk, sk } = user;

  it('is shown as the item that it holds', () => {
    expect(visitsOf(marshall(user))).toEqual({ items: [user], malformed: [] });
  });

  it.each([
    ['an attribute of the wrong type', { email: { N: '1' } }],
    ['a number that JavaScript has not', { version: { N: '90071992547409931.5' } }],
  ])('with %s is malformed, and shown by its key', (_what, change) => {
    expect(visitsOf({ ...marshall(user), ...change })).toEqual({ items: [], malformed: [{ pk, sk }] });
  });

  it('without a key of strings is malformed all the same', () => {
    expect(visitsOf({ pk: { N: '1' } })).toEqual({ items: [], malformed: [{ pk: '', sk: '' }] });
  });
});
