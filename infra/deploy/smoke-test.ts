import { OrderStreamError } from '../../pipelines/errors.ts';

const REQUEST_TIMEOUT_MS = 30_000;

/** A deployed API does not respond as it should. */
export class SmokeTestError extends OrderStreamError {
  readonly code = 'smoke-test';
  readonly remedy = 'See "A first call" in docs/deploy.md, and docs/runbook.md#apifailing.';
}

interface Probe {
  readonly path: string;
  readonly withToken: boolean;
  readonly status: number;
  /** What it shows. */
  readonly shows: string;
}

/** Requests that read. What they pass through: the functions, the authorizer, the table of operations and OpenSearch. */
const PROBES: readonly Probe[] = [
  {
    path: '/schemas/order.placed.1.json',
    withToken: false,
    status: 200,
    shows: 'the API calls its functions',
  },
  { path: '/ops/status', withToken: false, status: 401, shows: 'a request without a token is refused' },
  {
    path: '/search/orders?limit=1',
    withToken: true,
    status: 200,
    shows: 'the token is taken, and a search finds the index',
  },
  { path: '/ops/status', withToken: true, status: 200, shows: 'an operator reads the status' },
];

/**
 * Sends four requests that change nothing, and says what each shows. Without a token, it sends the two that need none.
 *
 * @throws SmokeTestError for the first response that is not as it should be; it holds neither the token nor the response's body.
 */
export async function smokeTest(
  apiUrl: string,
  token: string | undefined,
  say: (line: string) => void,
): Promise<void> {
  for (const { path, withToken, status, shows } of PROBES) {
    if (withToken && token === undefined) {
      say(`Not tested without a token: ${shows}.`);
      continue;
    }
    const response = await responseOf(`${apiUrl}${path}`, withToken ? token : undefined);
    await response.body?.cancel();
    if (response.status !== status)
      throw new SmokeTestError(
        `GET ${path} ${withToken ? 'with' : 'without'} the token returned ${response.status} instead of ${status}`,
      );
    say(`${status} GET ${path}: ${shows}.`);
  }
}

async function responseOf(url: string, token: string | undefined): Promise<Response> {
  try {
    return await fetch(url, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  } catch (cause) {
    throw new SmokeTestError(`${new URL(url).host} does not respond`, { cause });
  }
}
