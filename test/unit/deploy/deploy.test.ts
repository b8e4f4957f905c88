import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { deploy } from '../../../infra/deploy/deploy.ts';
import { ProgramMissingError, programsIn } from '../../../infra/deploy/programs.ts';
import { fakeSam } from './fake-sam.ts';

const TOKEN = 'header.payload.signature';
const environment = {
  name: 'dev',
  stackName: 'order-stream-dev',
  parameters: { DeploymentType: 'AllAtOnce', SearchInstanceCount: '1' },
};

const servers: (() => void)[] = [];
afterEach(() => {
  for (const close of servers.splice(0)) close();
});

/** An API of this machine that returns what `statusOf` says, and the requests that it received. */
async function apiWith(statusOf: (request: IncomingMessage) => number) {
  const received: string[] = [];
  const server = createServer((request, response) => {
    received.push(`${request.url} ${request.headers.authorization ?? 'no token'}`);
    response.writeHead(statusOf(request)).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}
const sound = ({ url, headers }: IncomingMessage): number =>
  url?.startsWith('/ops') === true && headers.authorization === undefined ? 401 : 200;
const samFor = (url: string, failing: readonly string[] = [], opsStatus = 0) =>
  fakeSam(
    {
      '--version': 'SAM CLI, version 1.170.0',
      'list stack-outputs': [{ OutputKey: 'ApiUrl', OutputValue: url, Description: '' }],
    },
    failing,
    opsStatus,
  );

async function deployed(
  sam: ReturnType<typeof samFor>,
  options: {
    readonly token?: string;
    readonly yes?: boolean;
    readonly verify?: boolean;
    readonly parameters?: Record<string, string>;
    /** The pending change sets before SAM ends, and after. */
    readonly pending?: readonly [before: readonly string[], after: readonly string[]];
  } = {},
) {
  const said: string[] = [];
  const { token, yes = true, verify = true, parameters = {}, pending = [[], []] } = options;
  const isOver = () => sam.calls().some((call) => call.startsWith('sam deploy'));
  const changeSets = async () => pending[isOver() ? 1 : 0];
  const deployment = { environment, parameters, yes, verify, token, changeSets, region: 'eu-central-1' };
  const failure = await deploy(deployment, sam.programs, (line) => said.push(line)).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { said, failure };
}

describe('a deployment', () => {
  it('builds, deploys, tests the API with the token, and verifies', async () => {
    const api = await apiWith(sound);
    const sam = samFor(api.url);
    const { failure, said } = await deployed(sam, { token: TOKEN, parameters: { SearchInstanceCount: '2' } });
    expect(failure).toBeUndefined();
    expect(sam.calls()).toEqual([
      'sam --version',
      'setup.mjs build.ts',
      'sam build --config-env dev',
      'sam deploy --config-env dev --no-confirm-changeset --no-fail-on-empty-changeset --region eu-central-1 --parameter-overrides DeploymentType="AllAtOnce" SearchInstanceCount="2"',
      'sam list stack-outputs --stack-name order-stream-dev --output json --region eu-central-1',
      'bin.mjs --stack order-stream-dev --region eu-central-1 verify',
    ]);
    expect(api.received).toEqual([
      '/schemas/order.placed.1.json no token',
      '/ops/status no token',
      `/search/orders?limit=1 Bearer ${TOKEN}`,
      `/ops/status Bearer ${TOKEN}`,
    ]);
    expect(said.at(-1)).toBe('order-stream-dev is deployed.');
  });

  it('is not verified where that is not wanted, and says so', async () => {
    const api = await apiWith(sound);
    const sam = samFor(api.url);
    const { failure, said } = await deployed(sam, { token: TOKEN, verify: false });
    expect(failure).toBeUndefined();
    expect(sam.calls().some((call) => call.includes('verify'))).toBe(false);
    expect(said.at(-2)).toBe(
      'Not verified: run ops --stack order-stream-dev verify where OpenSearch responds.',
    );
  });

  it.each([
    ['what it cannot reach, as a domain in a VPC', 3, 'not-verified'],
    ['a difference', 1, 'program-failed'],
  ])('that is verified ends with %s', async (_, status, code) => {
    const api = await apiWith(sound);
    const { failure } = await deployed(samFor(api.url, [], status), { token: TOKEN });
    expect(failure).toMatchObject({ code });
  });

  it('lets SAM ask about the change set', async () => {
    const api = await apiWith(sound);
    const sam = samFor(api.url);
    await deployed(sam, { token: TOKEN, yes: false });
    expect(sam.calls().find((call) => call.startsWith('sam deploy'))).toContain(' --confirm-changeset ');
  });

  it('whose change set was refused says so, and tests nothing', async () => {
    const api = await apiWith(sound);
    const sam = samFor(api.url);
    const { failure, said } = await deployed(sam, { token: TOKEN, yes: false, pending: [[], ['refused']] });
    expect(failure).toMatchObject({ code: 'not-deployed' });
    expect(said).not.toContain('order-stream-dev is deployed.');
    expect(sam.calls().at(-1)).toMatch(/^sam deploy /);
    expect(api.received).toEqual([]);
  });

  it('that changes nothing is tested, beside a change set that was refused before', async () => {
    const api = await apiWith(sound);
    const pending = [['old'], ['old']] as const;
    const { failure, said } = await deployed(samFor(api.url), { token: TOKEN, yes: false, pending });
    expect(failure).toBeUndefined();
    expect(said.at(-1)).toBe('order-stream-dev is deployed.');
  });

  it('keeps blanks and quotes of a parameter together', async () => {
    const api = await apiWith(sound);
    const sam = samFor(api.url);
    await deployed(sam, { parameters: { StaleOrdersSchedule: 'rate(1 day)', JwtAudience: 'a"b' } });
    expect(sam.calls().find((call) => call.startsWith('sam deploy'))).toContain(
      'StaleOrdersSchedule="rate(1 day)" JwtAudience="a\\"b"',
    );
  });

  it('says what it cannot test without a token', async () => {
    const api = await apiWith(sound);
    const { failure, said } = await deployed(samFor(api.url));
    expect(failure).toBeUndefined();
    expect(api.received).toHaveLength(2);
    expect(said.filter((line) => line.startsWith('Not tested without a token'))).toHaveLength(2);
  });

  it('gives the token to no program, and says it nowhere', async () => {
    const api = await apiWith(({ url }) => (url?.startsWith('/search') === true ? 500 : 401));
    const sam = samFor(api.url);
    const { failure, said } = await deployed(sam, { token: TOKEN });
    expect([...sam.calls(), ...said, String(failure)].join('\n')).not.toContain(TOKEN);
  });

  it('ends at the first step that fails', async () => {
    const api = await apiWith(sound);
    const sam = samFor(api.url, ['build']);
    const { failure } = await deployed(sam, { token: TOKEN });
    expect(failure).toMatchObject({ code: 'program-failed', message: 'sam build --config-env ended with 1' });
    expect(sam.calls().at(-1)).toBe('sam build --config-env dev');
    expect(api.received).toEqual([]);
  });

  it.each([
    [
      'a token is refused',
      (request: IncomingMessage) => (request.headers.authorization === undefined ? sound(request) : 403),
    ],
    ['anyone may read the status', () => 200],
    ['the functions fail', () => 500],
  ])('is not over while %s', async (_, statusOf) => {
    const api = await apiWith(statusOf);
    const sam = samFor(api.url);
    const { failure } = await deployed(sam, { token: TOKEN });
    expect(failure).toMatchObject({ code: 'smoke-test' });
    expect(sam.calls().some((call) => call.includes('verify'))).toBe(false);
  });

  it('is not over while the API does not respond', async () => {
    const { failure } = await deployed(samFor('http://127.0.0.1:1'), { token: TOKEN });
    expect(failure).toMatchObject({ code: 'smoke-test', message: '127.0.0.1:1 does not respond' });
  });

  it('reports a stack without an API', async () => {
    const sam = fakeSam({ '--version': 'SAM CLI', 'list stack-outputs': [] });
    const { failure } = await deployed(sam, { token: TOKEN });
    expect(failure).toMatchObject({ code: 'no-api-url' });
  });

  it('says in one line that SAM is missing, before it builds', async () => {
    const programs = programsIn('/', { PATH: '/nowhere' });
    const changeSets = async () => [];
    const deployment = { environment, parameters: {}, yes: true, verify: true, token: undefined, changeSets };
    const failing = deploy(deployment, programs, () => undefined);
    await expect(failing).rejects.toThrow(ProgramMissingError);
    await expect(failing).rejects.toMatchObject({ message: 'sam does not run on this machine' });
  });
});
