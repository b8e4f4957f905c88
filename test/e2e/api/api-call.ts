import fc from 'fast-check';
import * as z from 'zod';
import { type Operation, requestHeaders } from '../../../contracts/api/operation.ts';
import { arbitraryOf, type Pools } from '../../builders/values/arbitrary-of.ts';
import { CALLERS, type CallerName } from './callers.ts';

type Texts = Readonly<Record<string, string>>;

/** A request to an operation. */
export interface ApiCall {
  readonly caller: CallerName;
  /** Parameters of the path, escaped as they go into it. */
  readonly path: Texts;
  /** A list is a parameter that comes as often. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Texts;
  readonly body: string | undefined;
}

const TextsOf = z.record(z.string(), z.string());
const QueryOf = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
const nothing = z.object({});

/** Requests that keep the operation's contract, by anybody. */
export function goodCall(operation: Operation, pools: Pools): fc.Arbitrary<ApiCall> {
  const { parameters, body } = operation;
  const values = (schema: z.ZodType = nothing) => arbitraryOf(schema, pools);
  const texts = (schema?: z.ZodType) => values(schema).map((all) => TextsOf.parse(all));
  return fc.record({
    caller: fc.constantFrom('staff', 'staff', 'ada', ...Object.keys(CALLERS)) as fc.Arbitrary<CallerName>,
    path: texts(parameters?.path),
    // A page token that the API never gave is no good one.
    query: values(parameters?.query).map((all) => {
      const { nextToken: _, ...query } = QueryOf.parse(all);
      return query;
    }),
    headers: texts(z.object(requestHeaders(operation))).map((headers) => ({
      'content-type': 'application/json',
      ...headers,
    })),
    body:
      body === undefined
        ? fc.constant(undefined)
        : arbitraryOf(body, pools).map((value) => JSON.stringify(value)),
  });
}

/** The same with one thing, or none, that may break the contract. */
export const anyCall = (operation: Operation, pools: Pools): fc.Arbitrary<ApiCall> =>
  fc
    .tuple(goodCall(operation, pools), fc.option(spoiling(operation)))
    .map(([call, spoil]) => spoil?.(call) ?? call);

type Spoil = (call: ApiCall) => ApiCall;

const TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  'null',
  '*',
  '"',
  '"1"',
  'W/"1"',
  '"99999999999999999"',
  'x'.repeat(2_000),
];
const ODD_IDS = [
  '%00',
  '%20',
  '%2F',
  'a%2Fb',
  '%23',
  '%25',
  '%C3%BC',
  '%FF',
  '%zz',
  '%',
  '~',
  'a:b',
  'a+b',
  '-',
  '__proto__',
];
const BODIES = ['', '{', 'null', '[]', '"x"', '1e999', '\uFEFF{}', '{"__proto__":{}}', '['.repeat(20_000)];
const MEDIA_TYPES = [
  '',
  'text/plain',
  'application/xml',
  'application/json; charset=utf-16',
  'multipart/form-data',
  '*/*',
];
const HEADERS = ['Idempotency-Key', 'If-Match', 'Content-Encoding', 'Accept', 'X-HTTP-Method-Override'];

const wrongNode = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    true,
    '',
    -1,
    0.5,
    2 ** 53,
    1e300,
    'x'.repeat(5_000),
    '\0',
    '\uD800',
    [],
    {},
  ),
  fc.jsonValue(),
);

function spoiling({ parameters, body }: Operation): fc.Arbitrary<Spoil> {
  const inPath = Object.keys(parameters?.path?.shape ?? {});
  const inQuery = [...Object.keys(parameters?.query?.shape ?? {}), 'unknown'];
  const spoils: fc.Arbitrary<Spoil>[] = [
    fc.tuple(fc.constantFrom(...inQuery), fc.constantFrom(...TEXTS)).map(([name, text]) => (call) => ({
      ...call,
      query: { ...call.query, [name]: text },
    })),
    fc.constantFrom(...inQuery).map((name) => (call) => ({
      ...call,
      query: { ...call.query, [name]: [call.query[name] ?? 'placed', 'placed'].flat() },
    })),
    fc.tuple(fc.constantFrom(...HEADERS), fc.constantFrom(...TEXTS)).map(([name, text]) => (call) => ({
      ...call,
      headers: { ...call.headers, [name]: text },
    })),
  ];
  if (inPath.length > 0)
    spoils.push(
      fc.tuple(fc.constantFrom(...inPath), fc.constantFrom(...ODD_IDS)).map(([name, text]) => (call) => ({
        ...call,
        path: { ...call.path, [name]: text },
      })),
    );
  if (body !== undefined)
    spoils.push(
      fc.tuple(fc.nat(30), wrongNode).map(([at, node]) => (call) => ({
        ...call,
        body: withNode(call.body, at, () => node),
      })),
      fc.nat(30).map((at) => (call) => ({ ...call, body: withNode(call.body, at, withUnknownMember) })),
      fc.constantFrom(...BODIES).map((text) => (call) => ({ ...call, body: text })),
      fc
        .constantFrom(...MEDIA_TYPES)
        .map((type) => (call) => ({ ...call, headers: { ...call.headers, 'content-type': type } })),
    );
  return fc.oneof(...spoils);
}

/** The JSON with another value at the place that is reached as number `at`; a member that becomes undefined is gone. */
function withNode(json: string | undefined, at: number, change: (node: unknown) => unknown): string {
  let reached = -1;
  const text = JSON.stringify(JSON.parse(json ?? 'null'), (_name, node: unknown) => {
    reached += 1;
    return reached === at ? change(node) : node;
  });
  return text ?? '';
}

const withUnknownMember = (node: unknown): unknown =>
  typeof node === 'object' ? { ...node, unknown: 1 } : node;
