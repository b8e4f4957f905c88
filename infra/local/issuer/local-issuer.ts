import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import * as z from 'zod';
import { parseJson } from '../../../contracts/reading.ts';
import { PROJECT_ROOT } from '../machine/project-root.ts';

/** The issuer that the local system trusts unless the template's parameter names another one. A host in `.invalid` cannot exist. */
export const LOCAL_ISSUER = 'https://issuer.order-stream.invalid';

/** API Gateway's JWT authorizers support only RSA algorithms. */
export const TOKEN_ALGORITHM = 'RS256';

/** A token names the key that signed it: API Gateway takes no other. */
export const TOKEN_KEY_ID = 'local';

const KEY_FILE = join(PROJECT_ROOT, '.data', 'issuer', 'key.json');
const OWNER_ONLY = 0o600;

const PrivateKey = z.looseObject({ kty: z.literal('RSA'), n: z.string(), e: z.string(), d: z.string() });

/** The claims of a token. */
export interface TokenClaims {
  readonly sub: string;
  readonly scopes: readonly string[];
  readonly audience: string;
  readonly lifeSeconds: number;
}

/** Signs a token as the local issuer. */
export async function signToken(
  key: JWK,
  { sub, scopes, audience, lifeSeconds }: TokenClaims,
): Promise<string> {
  return new SignJWT({ scope: scopes.join(' ') })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid: TOKEN_KEY_ID })
    .setIssuer(LOCAL_ISSUER)
    .setSubject(sub)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${lifeSeconds} s`)
    .sign(await importJWK(key, TOKEN_ALGORITHM));
}

/** The public part of the key, which verifies tokens. */
export const publicKey = ({ kty, n, e }: JWK): JWK => ({ kty, n, e, kid: TOKEN_KEY_ID }) as JWK;

/**
 * The issuer's key. It is created at its first use and kept in the project's .data folder, where only its owner can read it. A token
 * that one command prints is therefore valid for a system that another command runs.
 */
export async function localIssuerKey(file = KEY_FILE): Promise<JWK> {
  const kept = read(file);
  if (kept !== undefined) return kept;
  const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true });
  const created = await exportJWK(privateKey);
  // Another process may create one at the same time. The first one in place is the key of both.
  const partial = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(partial, JSON.stringify(created), { mode: OWNER_ONLY });
  if (read(file) === undefined) renameSync(partial, file);
  rmSync(partial, { force: true });
  return read(file) ?? created;
}

function read(file: string): JWK | undefined {
  try {
    return parseJson(PrivateKey, readFileSync(file, 'utf8')) as JWK;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
