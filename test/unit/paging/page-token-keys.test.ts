import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { InvalidValueError } from '../../../contracts/reading.ts';
import { EnvironmentError } from '../../../handlers/environment.ts';
import { pageTokens } from '../../../handlers/page-tokens.ts';
import { secretKeys } from '../../../handlers/signing-keys.ts';
import { isRetryable } from '../../../pipelines/aws/aws-errors.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import type { PageScope } from '../../../pipelines/paging/page-tokens.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:page-tokens-AbCdEf';
const SCOPE: PageScope = { operation: 'list-orders', query: { userId: 'u-1' }, caller: 'u-1' };
const Version = z.object({ SecretId: z.literal(ARN), VersionStage: z.string() });
const keyOf = (name: string): string => name.padEnd(64, '.');
const exported = (keys: Awaited<ReturnType<ReturnType<typeof secretKeys>>>): string[] =>
  keys.map((key) => key.export().toString());

/** A Secrets Manager that supports GetSecretValue alone. */
let server: Server;
let versions: Record<string, string>;
let asked: string[];
let fault: string | undefined;

beforeEach(async () => {
  versions = { AWSCURRENT: keyOf('current') };
  asked = [];
  fault = undefined;
  server = createServer(async (request, response) => {
    const { VersionStage } = Version.parse(JSON.parse(await text(request)));
    asked.push(VersionStage);
    const SecretString = versions[VersionStage];
    const refusal = fault ?? (SecretString === undefined ? 'ResourceNotFoundException' : undefined);
    response
      .writeHead(refusal === undefined ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(refusal === undefined ? { ARN, SecretString } : { __type: refusal, message: '' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
  vi.stubEnv('PAGE_TOKEN_SECRET_ARN', ARN);
  vi.stubEnv('PAGE_TOKEN_KEY', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  server.closeAllConnections();
  server.close();
});

describe("a secret's keys", () => {
  it('are the current version alone, as long as there is no other', async () => {
    expect(exported(await secretKeys(ARN)())).toEqual([keyOf('current')]);
  });

  it('are each version that may verify, the current one first', async () => {
    versions = { ...versions, AWSPENDING: keyOf('pending'), AWSPREVIOUS: keyOf('previous') };
    expect(exported(await secretKeys(ARN)())).toEqual(['current', 'pending', 'previous'].map(keyOf));
  });

  it('are remembered, those that do not exist too', async () => {
    const keys = secretKeys(ARN);
    await keys();
    await keys();
    expect(asked.toSorted()).toEqual(['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS']);
  });

  it('are read again after five minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const keys = secretKeys(ARN);
    await keys();
    versions = { AWSCURRENT: keyOf('new'), AWSPREVIOUS: keyOf('current') };
    vi.setSystemTime(Date.now() + 5 * 60_000 + 1);
    expect(exported(await keys())).toEqual(['new', 'current'].map(keyOf));
  });

  it('are none when the current version is too short, or missing', async () => {
    versions = { AWSCURRENT: 'short' };
    await expect(secretKeys(ARN)()).rejects.toThrow(/at least 32 bytes/);
    versions = {};
    await expect(secretKeys(ARN)()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it.each([
    ['InternalServiceError', true],
    ['ThrottlingException', true],
    ['AccessDeniedException', false],
  ])('that fail with %s: the request may succeed later: %s', async (name, passes) => {
    fault = name;
    const failure: unknown = await secretKeys(ARN)().catch((error: unknown) => error);
    expect([failure, isRetryable(failure)]).toEqual([expect.objectContaining({ name }), passes]);
  });
});

describe('the page tokens of a function', () => {
  it('are signed with the key of the secret', async () => {
    const token = await pageTokens(systemClock).seal(SCOPE, 'here');
    expect(await pageTokens(systemClock).open(SCOPE, token, z.string())).toBe('here');
    expect(asked).toContain('AWSCURRENT');
  });

  it('ask for no secret before there is a token', () => {
    pageTokens(systemClock);
    expect(asked).toEqual([]);
  });

  it('are signed with the given key where there is one', async () => {
    vi.stubEnv('PAGE_TOKEN_KEY', keyOf('given'));
    const token = await pageTokens(systemClock).seal(SCOPE, 'here');
    expect(await pageTokens(systemClock).open(SCOPE, token, z.string())).toBe('here');
    expect(asked).toEqual([]);
  });

  it.each([
    ['without a key and without a secret', { PAGE_TOKEN_SECRET_ARN: undefined }, EnvironmentError],
    ['with an empty key', { PAGE_TOKEN_KEY: '' }, EnvironmentError],
    ['with a key that is too short', { PAGE_TOKEN_KEY: 'short' }, InvalidValueError],
  ])('are not made %s', (_, variables, refusal) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    expect(() => pageTokens(systemClock)).toThrow(refusal);
  });
});
