import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import {
  BinaryValue,
  InexactNumber,
  SetValue,
  UnknownValue,
  unmarshal,
} from '../../../pipelines/dynamodb/unmarshal.ts';
import { maximalOrder } from '../../builders/values/maximal-items.ts';

function nested(levels: number): object {
  let value: object = { S: 'end' };
  for (let level = 0; level < levels; level += 1) value = { M: { inner: value } };
  return value;
}

describe('the plain values of an image', () => {
  it('are those that were marshalled', () => {
    const item = { ...maximalOrder(), nested: { list: [1, -1.5, 0, null, true, false, '', {}] } };
    expect(unmarshal(marshall(item))).toEqual(item);
  });

  it.each([
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['0.1', 0.1],
    ['1E+2', 100],
    ['0.30000000000000004', 0.30000000000000004],
  ])('hold the number %s, which is in the safe range', (N, expected) => {
    expect(unmarshal({ amount: { N } })).toEqual({ amount: expected });
  });

  it.each([
    '9007199254740993',
    '-90071992547409931.5',
    '2.0000000000000000001',
    '1e400',
    '12345678901234567.5',
  ])('keep the number %s apart, which is outside the safe range', (N) => {
    expect(unmarshal({ amount: { N } })).toEqual({ amount: new InexactNumber(N) });
    expect(JSON.stringify(unmarshal({ amount: { N } }))).toBe(`{"amount":"${N}"}`);
  });

  it.each(['', ' 1', '0x1F', 'NaN', 'Infinity', '1_000'])('have no number %j', (N) => {
    expect(unmarshal({ amount: { N } })).toEqual({ amount: new UnknownValue({ N }) });
  });

  it('distinguish binary from text, in images of the SDK and of Lambda', () => {
    const binary = new BinaryValue('QWRh');
    expect(unmarshal({ name: { B: Buffer.from('Ada') } })).toEqual({ name: binary });
    expect(unmarshal({ name: { B: 'QWRh' } })).toEqual({ name: binary });
  });

  it('keep sets apart from lists', () => {
    expect(unmarshal({ tags: { SS: ['a'] }, sizes: { NS: ['1'] }, blobs: { BS: ['QWRh'] } })).toEqual({
      tags: new SetValue(['a']),
      sizes: new SetValue(['1']),
      blobs: new SetValue([new BinaryValue('QWRh')]),
    });
  });

  it.each([[{}], [{ Q: 'x' }], [{ S: 1 }], [{ M: [] }], [{ L: {} }], [{ NULL: false }], [null], ['text']])(
    'keep %j apart, which is none of the types',
    (value) => {
      expect(unmarshal({ odd: value })).toEqual({ odd: new UnknownValue(value) });
    },
  );

  it('have an attribute named __proto__ as any other, and no other prototype', () => {
    const plain = unmarshal(JSON.parse('{"__proto__":{"M":{"__proto__":{"S":"inner"}}},"a":{"S":"x"}}'));
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
    expect(JSON.stringify(plain)).toBe('{"__proto__":{"__proto__":"inner"},"a":"x"}');
  });

  it('end at the depth that DynamoDB has', () => {
    expect(JSON.stringify(unmarshal({ deep: nested(30) }))).toContain('end');
    expect(() => unmarshal({ deep: nested(100_000) })).not.toThrow();
  });
});
