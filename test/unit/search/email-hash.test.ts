import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InvalidValueError, parse } from '../../../contracts/reading.ts';
import { emailHashSource } from '../../../handlers/email-hash.ts';
import { secretEmailHash } from '../../../handlers/email-hash-secret.ts';
import { EnvironmentError } from '../../../handlers/environment.ts';
import { EmailHashKeyError, emailHash } from '../../../pipelines/search/email-hash.ts';
import { SigningKey } from '../../../pipelines/signing/sealed-tokens.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:email-hash';
const KEY = 'k'.repeat(64);
const hash = emailHash(parse(SigningKey, KEY));

afterEach(() => vi.unstubAllEnvs());

/** Secrets Manager with these values, one a request; an error is thrown. */
function secretsWith(...values: readonly (string | Error)[]) {
  const client = new SecretsManagerClient({ region: 'eu-central-1' });
  const send = vi.spyOn(client, 'send').mockImplementation(async () => {
    const value = values[send.mock.calls.length - 1];
    if (value instanceof Error) throw value;
    return { SecretString: value };
  });
  return { client, send };
}

describe('the hash of an address', () => {
  it('is the same for any case of the address', () => {
    expect(hash('Ada.Lovelace@Example.COM')).toBe(hash('ada.lovelace@example.com'));
  });

  it('is another for another address', () => {
    expect(hash('ada@example.com')).not.toBe(hash('ada@example.org'));
  });

  it('is another under another key, so that nobody without it can try addresses', () => {
    expect(emailHash(parse(SigningKey, 'l'.repeat(64)))('ada@example.com')).not.toBe(hash('ada@example.com'));
  });

  it('shows nothing of the address, and has one length', () => {
    expect(hash('ada@example.com')).toMatch(/^[\w-]{43}$/);
    expect(hash(`${'a'.repeat(60)}@example.com`)).toMatch(/^[\w-]{43}$/);
  });
});

describe('the key in a secret', () => {
  it('is read once', async () => {
    const { client, send } = secretsWith(KEY);
    const source = secretEmailHash(ARN, client);
    const hashes = await Promise.all([source(), source()]);
    expect(hashes.map((one) => one('ada@example.com'))).toEqual(Array(2).fill(hash('ada@example.com')));
    await source();
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('that could not be read is a retryable failure without the message of another, and is read again', async () => {
    const { client } = secretsWith(new Error('quotes ada@example.com'), KEY);
    const source = secretEmailHash(ARN, client);
    const failure: unknown = await source().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EmailHashKeyError);
    expect(failure).toMatchObject({ retryable: true, message: expect.not.stringContaining('ada') });
    expect((await source())('ada@example.com')).toBe(hash('ada@example.com'));
  });

  it('that is too short is no key', async () => {
    await expect(secretEmailHash(ARN, secretsWith('short').client)()).rejects.toBeInstanceOf(
      EmailHashKeyError,
    );
  });
});

describe('the hash of a function', () => {
  it('has the given key where there is one', async () => {
    vi.stubEnv('EMAIL_HASH_KEY', KEY);
    expect((await emailHashSource()())('ada@example.com')).toBe(hash('ada@example.com'));
  });

  it.each([
    ['without a key and without a secret', undefined, EnvironmentError],
    ['with a key that is too short', 'short', InvalidValueError],
  ])('is not made %s', (_, key, refusal) => {
    vi.stubEnv('EMAIL_HASH_SECRET_ARN', undefined);
    vi.stubEnv('EMAIL_HASH_KEY', key);
    expect(() => emailHashSource()).toThrow(refusal);
  });
});
