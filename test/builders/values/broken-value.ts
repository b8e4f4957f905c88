import fc from 'fast-check';

/** A text in place of personal data: no error may repeat it. */
export const PRIVATE_TEXT = 'ada.private@example.com';

const DEPTH = 300;
/** Deeper than a decoder that calls itself for each level gets. */
const TEXT_DEPTH = 50_000;
const BREAKS_MAX = 4;
const LONG = 'a'.repeat(20_000);
const DEEP_TEXT = `${'['.repeat(TEXT_DEPTH)}${']'.repeat(TEXT_DEPTH)}`;

/** Values that decoders have stumbled over before. */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[undefined, null, true, '', ' ', '\u0000', '\ud800', LONG, PRIVATE_TEXT, `${LONG}!`, DEEP_TEXT],
    ...[
      0,
      -0,
      -1,
      0.1,
      2 ** 53,
      1e308,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '1e400',
      '-',
      '00',
      '%',
      '%E0%A4%A',
    ],
    ...[[], {}, [[]], [null], { S: PRIVATE_TEXT }, { N: 'x' }, { N: '9'.repeat(40) }, { M: {} }, { L: [{}] }],
    ...[
      { B: '!' },
      { NULL: false },
      { SS: [] },
      { length: -1 },
      { toString: null },
      { length: { toString: null } },
    ],
    ...[{ size: { valueOf: 1, toString: 1 } }, JSON.parse('{"length":{},"then":1}'), '\ufffd', '\udc00'],
    { toJSON: 1 },
    ...[JSON.parse('{"__proto__":{"polluted":true}}'), { constructor: null }, nested(DEPTH)],
  ),
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** A value somewhere in which members were replaced, removed or added; sometimes nothing remains of it. */
export const broken = (sound: unknown): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 1, arbitrary: hostile },
    {
      weight: 9,
      arbitrary: fc
        .array(fc.tuple(fc.nat(), fc.constantFrom('replace', 'drop', 'add'), hostile, fc.string()), {
          minLength: 1,
          maxLength: BREAKS_MAX,
        })
        .map((breaks) => breaks.reduce<unknown>((value, [at, ...how]) => breakAt(value, at, ...how), sound)),
    },
  );

type Way = 'replace' | 'drop' | 'add';

/** Goes down from member to member, as the digits of `at` say, and breaks what it finds there. */
function breakAt(value: unknown, at: number, way: Way, by: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return by;
  const members = Object.entries(value);
  const [key, member] = members[at % (members.length + 1)] ?? [];
  if (key === undefined) return way === 'add' ? withMember(value, name, by) : by;
  const further = Math.floor(at / (members.length + 1));
  if (further > 0 && typeof member === 'object' && member !== null)
    return withMember(value, key, breakAt(member, further, way, by, name));
  return way === 'drop' ? withoutMember(value, key) : withMember(value, key, by);
}

const withMember = (value: object, key: string, member: unknown): unknown =>
  Array.isArray(value)
    ? value.map((one, index) => (String(index) === key ? member : one))
    : Object.fromEntries([...Object.entries(value).filter(([name]) => name !== key), [key, member]]);

const withoutMember = (value: object, key: string): unknown =>
  Array.isArray(value)
    ? value.filter((_, index) => String(index) !== key)
    : Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));

function nested(depth: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < depth; level += 1) value = { M: value };
  return value;
}
