import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jwtAuthorizer } from '../../../infra/local/gateway/jwt-authorizer.ts';
import {
  LOCAL_ISSUER,
  localIssuerKey,
  publicKey,
  signToken,
  TOKEN_ALGORITHM,
  TOKEN_KEY_ID,
} from '../../../infra/local/issuer/local-issuer.ts';

const claims = { sub: 'ada', scopes: ['orders:write', 'ops:read'], audience: 'shop', lifeSeconds: 60 };
const epochSeconds = () => Math.floor(Date.now() / 1_000);
const newKey = async (): Promise<JWK> =>
  exportJWK((await generateKeyPair(TOKEN_ALGORITHM, { extractable: true })).privateKey);

let folder: string;
let file: string;
let key: JWK;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'issuer-'));
  file = join(folder, 'key.json');
  key = await localIssuerKey(file);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A token whose claims are the issuer's own, except what a test changes. */
async function tokenWith(
  changes: Record<string, unknown>,
  signedBy = key,
  header: { readonly kid?: string } = { kid: TOKEN_KEY_ID },
): Promise<string> {
  const good = { iss: LOCAL_ISSUER, sub: 'ada', aud: 'shop', iat: epochSeconds(), exp: epochSeconds() + 60 };
  return new SignJWT({ ...good, ...changes })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, ...header })
    .sign(await importJWK(signedBy, TOKEN_ALGORITHM));
}

describe('the authorizer', () => {
  const authorize = (authorization: string | undefined) =>
    jwtAuthorizer({ issuer: LOCAL_ISSUER, audiences: ['shop'] }, key)(authorization);

  it("gives the claims of the local issuer's token, all as text", async () => {
    const token = await signToken(key, claims);
    expect(await authorize(`Bearer ${token}`)).toMatchObject({
      sub: 'ada',
      scope: 'orders:write ops:read',
      exp: expect.stringMatching(/^\d+$/),
    });
  });

  it('takes a token without the word Bearer, as API Gateway does', async () => {
    expect(await authorize(await signToken(key, claims))).toHaveProperty('sub', 'ada');
  });

  it('looks for the audience in client_id where there is no aud', async () => {
    expect(await authorize(await tokenWith({ aud: undefined, client_id: 'shop' }))).toHaveProperty(
      'sub',
      'ada',
    );
  });

  it.each([
    ['no header', () => undefined],
    ['an empty header', () => ''],
    ['what is no token', () => 'Bearer nonsense'],
    ['a token for another audience', () => tokenWith({ aud: 'bank' })],
    ['a token of another issuer', () => tokenWith({ iss: 'https://elsewhere.example.com' })],
    ['a token that has expired', () => tokenWith({ exp: epochSeconds() - 1 })],
    ['a token that never expires', () => tokenWith({ exp: undefined })],
    ['a token that is not good yet', () => tokenWith({ nbf: epochSeconds() + 60 })],
    ['a token of the future', () => tokenWith({ iat: epochSeconds() + 60 })],
    ['a token that another key signed', async () => tokenWith({}, await newKey())],
    ['a token that names no key', () => tokenWith({}, key, {})],
    ['a token that names another key', () => tokenWith({}, key, { kid: 'other' })],
    [
      'an unsigned token',
      () => unsigned({ iss: LOCAL_ISSUER, sub: 'ada', aud: 'shop', exp: epochSeconds() + 60 }),
    ],
  ])('refuses access with %s', async (_, authorization) => {
    expect(await authorize(await authorization())).toBeUndefined();
  });
});

it("asks another issuer for its keys, where OpenID Connect's discovery finds them", async () => {
  const theirs = await newKey();
  const server = createServer(({ url }, response) => {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const body = url === '/keys' ? { keys: [publicKey(theirs)] } : { jwks_uri: `${base}/keys` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const authorize = jwtAuthorizer({ issuer, audiences: ['shop'] }, key);
    expect(await authorize(await tokenWith({ iss: issuer }, theirs))).toHaveProperty('sub', 'ada');
    expect(await authorize(await tokenWith({ iss: issuer }))).toBeUndefined();
  } finally {
    server.close();
  }
});

it('keeps its key for its owner alone, and finds it again', async () => {
  expect(await localIssuerKey(file)).toEqual(key);
  expect((await stat(file)).mode & 0o077).toBe(0);
});

const unsigned = (payload: object): string =>
  `${[{ alg: 'none' }, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
