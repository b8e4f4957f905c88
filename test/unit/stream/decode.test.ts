import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TTL_PRINCIPAL } from '../../../contracts/stream.ts';
import { ContractViolationError } from '../../../pipelines/errors.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem, productItem, userItem } from '../../builders/values/items.ts';

function violation(raw: unknown): ContractViolationError {
  try {
    decodeChange(raw);
  } catch (error) {
    if (error instanceof ContractViolationError) return error;
    throw error;
  }
  throw new TypeError('the record was decoded');
}

function outcomeOf(raw: unknown): string {
  try {
    decodeChange(raw);
    return 'decoded';
  } catch (error) {
    return error instanceof ContractViolationError ? 'violation' : `threw ${String(error)}`;
  }
}

const withImage = (change: Record<string, unknown>) => {
  const record = insertOf(orderItem());
  return {
    ...record,
    dynamodb: { ...record.dynamodb, NewImage: { ...record.dynamodb?.NewImage, ...change } },
  };
};
const withChange = (change: Record<string, unknown>) => {
  const record = insertOf(orderItem());
  return { ...record, dynamodb: { ...record.dynamodb, ...change } };
};
const timeAt = (seconds: number | undefined) =>
  decodeChange(withChange({ ApproximateCreationDateTime: seconds })).approximateCreationTime;
const lineOf = (change: Record<string, unknown>) => ({
  sku: { S: 'SKU-1' },
  name: { S: 'Oak chair' },
  category: { S: 'Furniture' },
  quantity: { N: '1' },
  ...change,
});
const withoutAttribute = (name: string) => {
  const record = insertOf(orderItem());
  const { [name]: _remaining, ...NewImage } = record.dynamodb?.NewImage ?? {};
  return { ...record, dynamodb: { ...record.dynamodb, NewImage } };
};

describe('a well-formed record', () => {
  it('of a first write becomes an INSERT of the item, and nothing else', () => {
    const order = orderItem();
    const { eventID, dynamodb, ...record } = insertOf(order);
    expect(
      decodeChange({
        ...record,
        eventID,
        dynamodb: { ...dynamodb, ApproximateCreationDateTime: 1_772_366_400 },
      }),
    ).toStrictEqual({
      kind: 'INSERT',
      entityType: 'Order',
      key: { pk: order.pk, sk: order.sk },
      eventId: eventID,
      sequenceNumber: dynamodb?.SequenceNumber,
      approximateCreationTime: new Date('2026-03-01T12:00:00.000Z'),
      newItem: order,
      version: order.version,
    });
  });

  it.each([undefined, ''])('with the event id %j is named by its sequence number', (eventID) => {
    const record = { ...insertOf(orderItem()), eventID };
    expect(decodeChange(record)).toMatchObject({ eventId: record.dynamodb?.SequenceNumber });
  });

  it('is of a time in seconds, between 1970 and the year 9999', () => {
    expect([0, 1.5, 253_402_300_799].map(timeAt)).toEqual(
      ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:01.500Z', '9999-12-31T23:59:59.000Z'].map(
        (instant) => new Date(instant),
      ),
    );
  });

  it.each([undefined, -1, 253_402_300_800])('is of no time that is known where it says %s', (seconds) => {
    expect(timeAt(seconds)).toBeUndefined();
  });

  it('of a change holds both images', () => {
    const before = orderItem({ version: 1 });
    const after = orderItem({ version: 2, status: 'confirmed' });
    expect(decodeChange(modifyOf(before, after))).toMatchObject({
      kind: 'MODIFY',
      oldItem: before,
      newItem: after,
      version: 2,
    });
  });

  it('of a removal has the version after the last image, so that it outranks it', () => {
    expect(decodeChange(removeOf(orderItem({ version: 41 })))).toMatchObject({
      kind: 'REMOVE',
      expired: false,
      version: 42,
    });
  });

  it('of a removal by DynamoDB itself is marked as expired', () => {
    expect(decodeChange(removeOf(userItem(), { expired: true }))).toMatchObject({
      kind: 'REMOVE',
      entityType: 'User',
      expired: true,
    });
  });

  it.each([
    ['a service that is not DynamoDB', { type: 'Service', principalId: 'lambda.amazonaws.com' }],
    ['a caller of that name', { type: 'AssumedRole', principalId: TTL_PRINCIPAL }],
  ])('of a removal by %s is not', (_by, userIdentity) => {
    expect(decodeChange({ ...removeOf(userItem()), userIdentity })).toMatchObject({ expired: false });
  });

  it('may have attributes that this version does not know', () => {
    expect(decodeChange(withImage({ giftNote: { S: 'for you' } }))).toMatchObject({ kind: 'INSERT' });
  });

  it('that repairs a malformed item is a MODIFY without an old item', () => {
    const good = orderItem({ version: 2 });
    const record = modifyOf(good, good);
    const broken = {
      ...record,
      dynamodb: { ...record.dynamodb, OldImage: { ...record.dynamodb?.OldImage, total: { S: 'x' } } },
    };
    expect(decodeChange(broken)).toMatchObject({ kind: 'MODIFY', newItem: good, oldItem: undefined });
  });

  it.each([
    ['has no old image', undefined],
    ['has the image of another item before', orderItem({ orderId: '01KJMSY7G00000000000000009' })],
  ])('of a change that %s is a MODIFY without an old item', (_what, before) => {
    const order = orderItem({ version: 2 });
    const { OldImage } = modifyOf(before ?? order, order).dynamodb ?? {};
    const record = modifyOf(order, order);
    const changed = { ...record.dynamodb, OldImage: before === undefined ? undefined : OldImage };
    expect(decodeChange({ ...record, dynamodb: changed })).toMatchObject({
      kind: 'MODIFY',
      newItem: order,
      oldItem: undefined,
    });
  });

  it('of a first write has no old item, with any other members', () => {
    const record = modifyOf(orderItem({ version: 1 }), orderItem({ version: 2 }));
    expect(decodeChange({ ...record, eventName: 'INSERT' })).not.toHaveProperty('oldItem');
  });
});

describe('an attribute that the contract does not know', () => {
  it.each([
    ['a number that JavaScript cannot hold', 'margin', { N: '12345678901234567.5' }],
    ['a set of such numbers', 'margins', { NS: ['9007199254740993'] }],
    ['binary', 'picture', { B: 'QWRh' }],
    ['the name __proto__', '__proto__', { M: { total: { N: '1' } } }],
    ['the name constructor', 'constructor', { NULL: true }],
    ['a value that looks like none', 'length', { M: { toString: { NULL: true } } }],
  ])('does no harm by %s', (_what, name, value) => {
    const record = insertOf(orderItem());
    const NewImage = Object.fromEntries([...Object.entries(record.dynamodb?.NewImage ?? {}), [name, value]]);
    const change = decodeChange({ ...record, dynamodb: { ...record.dynamodb, NewImage } });
    expect(change).toEqual(decodeChange(record));
  });
});

describe('a malformed record', () => {
  it.each([
    ['an attribute of the wrong type', withImage({ total: { S: '2500' } }), 'NewImage.total'],
    ['a missing attribute', withoutAttribute('lines'), 'NewImage.lines'],
    ['an unknown entityType', withImage({ entityType: { S: 'Voucher' } }), 'NewImage.entityType'],
    ['no entityType', withoutAttribute('entityType'), 'NewImage.entityType'],
    ['an entityType that is a number', withImage({ entityType: { N: '7' } }), 'NewImage.entityType'],
    [
      'a number that JavaScript cannot hold',
      withImage({ total: { N: '90071992547409931' } }),
      'NewImage.total',
    ],
    ['a total that is not the sum of its lines', withImage({ total: { N: '1' } }), 'NewImage.LSI1SK'],
    ['an index key of another status', withImage({ GSI1PK: { S: 'STATUS#shipped' } }), 'NewImage.GSI1PK'],
    [
      'a negative amount',
      withImage({ lines: { L: [{ M: lineOf({ amount: { N: '-100' } }) }] } }),
      'NewImage.lines.0.amount',
    ],
    [
      'amounts whose sum is no safe integer',
      withImage({
        lines: {
          L: [
            { M: lineOf({ amount: { N: '900000000000' } }) },
            { M: lineOf({ amount: { N: '900000000000' } }) },
          ],
        },
        total: { N: '1800000000000' },
      }),
      'NewImage.total',
    ],
    [
      'a version that leaves no room for its removal',
      withImage({ version: { N: '9007199254740991' } }),
      'NewImage.version',
    ],
    ['an unknown attribute value type', withImage({ total: { Q: '1' } }), 'NewImage.total'],
    [
      'a number that JavaScript cannot hold',
      withImage({ total: { N: '90071992547409931.5' } }),
      'NewImage.total',
    ],
    ['binary in place of a number', withImage({ total: { B: 'QWRh' } }), 'NewImage.total'],
  ])('with %s names the field', (_what, record, path) => {
    expect(violation(record).issues.map((issue) => issue.path)).toContain(path);
  });

  it.each([
    ['no record at all', undefined, ''],
    [
      'an event name that Lambda does not deliver',
      { ...insertOf(orderItem()), eventName: 'UPSERT' },
      'eventName',
    ],
    ['no sequence number', withChange({ SequenceNumber: undefined }), 'dynamodb.SequenceNumber'],
    ['keys of another type', withChange({ Keys: { pk: { N: '1' }, sk: { S: 'x' } } }), 'Keys'],
    ['no sort key', withChange({ Keys: { pk: { S: 'x' } } }), 'Keys'],
  ])('with %s names that', (_what, record, path) => {
    expect(violation(record).issues.map((issue) => issue.path)).toEqual([path]);
  });

  it.each([
    ['new image', withChange({ NewImage: undefined }), 'NewImage'],
    ['old image of a removal', { ...insertOf(orderItem()), eventName: 'REMOVE' }, 'OldImage'],
  ])('without the %s says that it is missing', (_which, record, path) => {
    expect(violation(record).issues).toEqual([{ path, message: 'is missing' }]);
  });

  it.each(Object.keys(orderItem().shipTo))(
    'with binary in place of the text shipTo.%s names the field',
    (name) => {
      const { shipTo } = insertOf(orderItem()).dynamodb?.NewImage ?? {};
      const image = { shipTo: { M: { ...shipTo?.M, [name]: { B: 'QWRhIEV4YW1wbGU=' } } } };
      expect(violation(withImage(image)).issues.map(({ path }) => path)).toEqual([`NewImage.shipTo.${name}`]);
    },
  );

  it('describes what broke in no more words than are safe to log', () => {
    const error = violation(withImage({ total: { N: '90071992547409931.5' } }));
    expect(error.message).toBe("The item's NewImage breaks its contract");
    expect(error.issues).toContainEqual({
      path: 'NewImage.total',
      message: 'Invalid input: expected number, received a number that JavaScript cannot hold',
    });
  });

  it.each(['pk', 'sk'] as const)('whose image differs from its key in the %s alone is refused', (name) => {
    const order = orderItem();
    const other = { pk: 'USER#u-2', sk: 'ORDER#01KJMSY7G00000000000000009' };
    const record = insertOf(order);
    const Keys = { ...record.dynamodb?.Keys, [name]: { S: other[name] } };
    expect(violation({ ...record, dynamodb: { ...record.dynamodb, Keys } }).issues).toEqual([
      { path: 'Keys', message: 'differs from the image' },
    ]);
  });

  it('of a key shape that the table does not know says so', () => {
    const order = { ...orderItem(), pk: 'LEGACY-1', sk: 'ROW-9' };
    expect(violation(insertOf(order)).issues).toEqual([{ path: 'Keys', message: 'is of no known shape' }]);
  });

  it('whose image belongs to another key is refused', () => {
    const record = insertOf(orderItem());
    const other = insertOf(productItem());
    const mixed = { ...record, dynamodb: { ...record.dynamodb, Keys: other.dynamodb?.Keys } };
    expect(violation(mixed).issues).toEqual([{ path: 'Keys', message: 'differs from the image' }]);
  });

  it('never quotes a value', () => {
    const error = violation(withImage({ shipTo: { S: 'Ada Example, Dresden' } }));
    expect(JSON.stringify([error.message, error.issues])).not.toMatch(/Ada|Dresden/);
  });
});

describe('any input at all', () => {
  it('decodes or is a contract violation, never another error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.record({ eventName: fc.constantFrom('INSERT', 'MODIFY', 'REMOVE'), dynamodb: fc.anything() }),
        ),
        (raw) => {
          expect(violation(raw)).toBeInstanceOf(ContractViolationError);
        },
      ),
    );
  });

  it('in one attribute of an order decodes or is a contract violation, never another error', () => {
    const number = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.constantFrom('-0', '1e400', '9007199254740991', '-9e15', 'NaN'),
    );
    const value = fc.oneof(
      fc.record({ N: number.map(String) }),
      fc.record({ S: fc.string() }),
      fc.record({ L: fc.array(fc.record({ M: fc.constant(lineOf({ amount: { N: '-1' } })) })) }),
    );
    const names = Object.keys(insertOf(orderItem()).dynamodb?.NewImage ?? {});
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        value,
        fc.constantFrom('INSERT', 'MODIFY', 'REMOVE'),
        (name, changed, eventName) => {
          const record = withImage({ [name]: changed });
          const { NewImage } = record.dynamodb;
          const raw = { ...record, eventName, dynamodb: { ...record.dynamodb, OldImage: NewImage } };
          expect(outcomeOf(raw)).toMatch(/^(decoded|violation)$/);
        },
      ),
    );
  });

  it('in the images decodes or is a contract violation, never another error', () => {
    const image = fc.dictionary(
      fc.string(),
      fc.dictionary(fc.constantFrom('S', 'N', 'M', 'L', 'BOOL', 'NULL', 'B', 'SS', 'Q'), fc.jsonValue()),
    );
    fc.assert(
      fc.property(image, image, (NewImage, Keys) => {
        const record = { eventName: 'INSERT', dynamodb: { SequenceNumber: '1', Keys, NewImage } };
        expect(violation(record)).toBeInstanceOf(ContractViolationError);
      }),
    );
  });
});
