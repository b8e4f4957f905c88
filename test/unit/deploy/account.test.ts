import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { accountOf, NoAccountError } from '../../../infra/deploy/account.ts';

const IDENTITY =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';
const EXPIRED = '<ErrorResponse><Error><Code>ExpiredToken</Code><Message>m</Message></Error></ErrorResponse>';

let response = { status: 200, body: IDENTITY };
const sts = createServer((_, outgoing) => {
  outgoing.writeHead(response.status, { 'content-type': 'text/xml' }).end(response.body);
});

beforeEach(async () => {
  await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
  const { port } = sts.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const file of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(file, '/nowhere');
  for (const name of ['AWS_PROFILE', 'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_SESSION_TOKEN'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'a');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'b');
  response = { status: 200, body: IDENTITY };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  sts.closeAllConnections();
  await new Promise((resolve) => sts.close(resolve));
});

describe('the account of a deployment', () => {
  it('is that of the credentials, in the region that is named or set', async () => {
    expect(await accountOf({ region: 'eu-west-1' })).toEqual({
      account: '123456789012',
      region: 'eu-west-1',
    });
    vi.stubEnv('AWS_DEFAULT_REGION', 'eu-north-1');
    expect(await accountOf({})).toMatchObject({ region: 'eu-north-1' });
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    expect(await accountOf({})).toMatchObject({ region: 'eu-central-1' });
  });

  it('is refused in one line without credentials, before anything is done', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    const refused = accountOf({ region: 'eu-west-1' });
    await expect(refused).rejects.toThrow(NoAccountError);
    await expect(refused).rejects.toThrow(/CredentialsProviderError$/);
  });

  it('is refused without a region', async () => {
    const refused = accountOf({});
    await expect(refused).rejects.toThrow(NoAccountError);
    await expect(refused).rejects.toThrow(/Region is missing$/);
  });

  it('is refused where the credentials have expired', async () => {
    response = { status: 403, body: EXPIRED };
    await expect(accountOf({ region: 'eu-west-1' })).rejects.toThrow(/ExpiredToken/);
  });
});
