import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { PageScope } from '../../../pipelines/paging/page-tokens.ts';
import {
  InvalidPageTokenError,
  PAGE_TOKEN_LIFE_SECONDS,
  PageTokens,
  PositionTooLargeError,
} from '../../../pipelines/paging/page-tokens.ts';
import { SigningKey, type SigningKeys, TOKEN_LENGTH_MAX } from '../../../pipelines/signing/sealed-tokens.ts';

const Position = z.object({ pk: z.string(), sk: z.string() });
const POSITION = { pk: 'USER#u-1', sk: 'ORDER#01J0000000000000000000000A' };
const SCOPE: PageScope = {
  operation: 'list-orders',
  query: { userId: 'u-1', status: 'placed', limit: 20 },
  caller: 'u-1',
};
const NOON_MS = Date.UTC(2026, 10, 24, 12);
const keyOf = (name: string): SigningKey => SigningKey.parse(name.padEnd(32, '.'));
const CURRENT = keyOf('current');
const PREVIOUS = keyOf('previous');

const tokensOf = (keys: SigningKeys, nowMs = NOON_MS): PageTokens =>
  new PageTokens({ keys: async () => keys, clock: { now: () => new Date(nowMs) } });
const tokens = tokensOf([CURRENT]);

const scopes = fc.record({
  operation: fc.string({ maxLength: 8 }),
  query: fc.dictionary(
    fc.string({ maxLength: 8 }).filter((name) => name !== '__proto__'),
    fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 })),
    { maxKeys: 4, noNullPrototype: true },
  ),
  caller: fc.string({ maxLength: 8 }),
});

describe('a page token', () => {
  it('leads its own caller on in its own list, for any of them', async () => {
    await fc.assert(
      fc.asyncProperty(scopes, fc.jsonValue({ maxDepth: 2 }), async (scope, position) => {
        const token = await tokens.seal(scope, position);
        // Through JSON, which knows no negative zero.
        expect(await tokens.open(scope, token, z.unknown())).toEqual(JSON.parse(JSON.stringify(position)));
      }),
    );
  });

  it('is the same for any order of the parameters, and with absent ones spelled out', async () => {
    const token = await tokens.seal(SCOPE, POSITION);
    const query = { limit: 20, sort: undefined, status: 'placed', userId: 'u-1' };
    expect(await tokens.open({ ...SCOPE, query }, token, Position)).toEqual(POSITION);
  });

  it('leads on to a page of another size', async () => {
    const token = await tokens.seal(SCOPE, POSITION);
    const query = { ...SCOPE.query, limit: 100, nextToken: token };
    expect(await tokens.open({ ...SCOPE, query }, token, Position)).toEqual(POSITION);
  });

  it('has nothing in it but an expiry and a position', async () => {
    const bytes = Buffer.from(await tokens.seal(SCOPE, POSITION), 'base64url');
    expect(JSON.parse(bytes.subarray(33).toString())).toEqual({
      expiresAt: NOON_MS / 1_000 + PAGE_TOKEN_LIFE_SECONDS,
      position: POSITION,
    });
  });

  it('is not made for a position that would not fit into it', async () => {
    const position = { ...POSITION, sk: 'x'.repeat(TOKEN_LENGTH_MAX) };
    await expect(tokens.seal(SCOPE, position)).rejects.toBeInstanceOf(PositionTooLargeError);
  });
});

describe('a page token is refused', () => {
  it('as one field of the query, in the same words for any cause', async () => {
    const foreign = await tokens.seal({ ...SCOPE, caller: 'u-2' }, POSITION);
    const refusals = await Promise.all(
      [foreign, 'forged'].map((token) =>
        tokens.open(SCOPE, token, Position).catch((error: unknown) => error),
      ),
    );
    expect(refusals[0]).toEqual(refusals[1]);
    expect(refusals[0]).toMatchObject({
      code: 'invalid-page-token',
      fields: [{ in: 'query', field: 'nextToken' }],
    });
  });

  it('when it is any other text', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from([1, ...bytes]).toString('base64url')),
    );
    await fc.assert(fc.asyncProperty(texts, (text) => expectRefused(SCOPE, text)));
  });

  it('when any one character of it is another', async () => {
    const token = await tokens.seal(SCOPE, POSITION);
    const characters = fc.oneof(
      fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. '),
      fc.string({ unit: 'binary', minLength: 0, maxLength: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), characters, async (at, character) => {
        fc.pre(token[at] !== character);
        await expectRefused(SCOPE, token.slice(0, at) + character + token.slice(at + 1));
      }),
      { numRuns: 1_000 },
    );
  });

  it('when its last character is spelled otherwise, with the same bytes', async () => {
    const token = await tokens.seal(SCOPE, { ...POSITION, sk: 'ORDER#1' });
    const bytes = Buffer.from(token, 'base64url');
    const spellings = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
      .map((last) => token.slice(0, -1) + last)
      .filter((other) => other !== token && Buffer.from(other, 'base64url').equals(bytes));
    expect(spellings).not.toHaveLength(0);
    for (const other of spellings) await expectRefused(SCOPE, other);
  });

  it('in every other list, and to every other caller', async () => {
    await fc.assert(
      fc.asyncProperty(scopes, scopes, async (scope, other) => {
        fc.pre(JSON.stringify(inOrder(scope)) !== JSON.stringify(inOrder(other)));
        await expectRefused(other, await tokens.seal(scope, POSITION));
      }),
    );
  });

  it.each<[string, PageScope]>([
    ['another caller', { ...SCOPE, caller: 'u-2' }],
    ['another operation', { ...SCOPE, operation: 'list-products' }],
    ['another value', { ...SCOPE, query: { ...SCOPE.query, userId: 'u-2' } }],
    ['one parameter more', { ...SCOPE, query: { ...SCOPE.query, sort: 'total' } }],
    ['one parameter less', { ...SCOPE, query: { userId: 'u-1' } }],
  ])('with %s', async (_, other) => {
    await expectRefused(other, await tokens.seal(SCOPE, POSITION));
  });

  it('an hour after it was made, and not before', async () => {
    const token = await tokens.seal(SCOPE, POSITION);
    const expiryMs = NOON_MS + PAGE_TOKEN_LIFE_SECONDS * 1_000;
    expect(await tokensOf([CURRENT], expiryMs - 1).open(SCOPE, token, Position)).toEqual(POSITION);
    await expectRefused(SCOPE, token, tokensOf([CURRENT], expiryMs));
  });

  it('when its position has another shape', async () => {
    await expectRefused(SCOPE, await tokens.seal(SCOPE, { pk: 1 }));
  });

  it('for its length alone, without a key being asked for', async () => {
    const locked = new PageTokens({
      keys: () => Promise.reject(new Error('no keys')),
      clock: { now: () => new Date(NOON_MS) },
    });
    await expectRefused(SCOPE, 'A'.repeat(TOKEN_LENGTH_MAX + 1), locked);
  });
});

describe('after a rotation', () => {
  it('tokens of the previous key still open', async () => {
    const token = await tokensOf([PREVIOUS]).seal(SCOPE, POSITION);
    expect(await tokensOf([CURRENT, PREVIOUS]).open(SCOPE, token, Position)).toEqual(POSITION);
  });

  it('new tokens are signed with the current key', async () => {
    const token = await tokensOf([CURRENT, PREVIOUS]).seal(SCOPE, POSITION);
    expect(await tokensOf([CURRENT]).open(SCOPE, token, Position)).toEqual(POSITION);
  });

  it('tokens of a removed key are refused', async () => {
    const token = await tokensOf([keyOf('older')]).seal(SCOPE, POSITION);
    await expectRefused(SCOPE, token, tokensOf([CURRENT, PREVIOUS]));
  });
});

it("a failure of the keys' source is no fault of the token's", async () => {
  const failure = new Error('no keys');
  const locked = new PageTokens({
    keys: () => Promise.reject(failure),
    clock: { now: () => new Date(NOON_MS) },
  });
  await expect(locked.open(SCOPE, await tokens.seal(SCOPE, POSITION), Position)).rejects.toBe(failure);
});

describe('a signing key', () => {
  it('has at least 32 bytes', () => {
    expect(SigningKey.safeParse('x'.repeat(31)).success).toBe(false);
    expect(SigningKey.safeParse('x'.repeat(32)).success).toBe(true);
  });

  it('is not shown by a refusal', () => {
    expect(String(SigningKey.safeParse('too-short').error)).not.toContain('too-short');
  });
});

async function expectRefused(scope: PageScope, token: string, by = tokens): Promise<void> {
  await expect(by.open(scope, token, Position)).rejects.toBeInstanceOf(InvalidPageTokenError);
}

/** A scope as a value that is equal where the lists are. */
const inOrder = ({ operation, query, caller }: PageScope) => [
  operation,
  caller,
  Object.entries(query)
    .filter(([name]) => name !== 'limit' && name !== 'nextToken')
    .toSorted(([one], [other]) => (one < other ? -1 : 1)),
];
