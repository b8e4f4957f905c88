import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import type { GatewayMessage } from '../../../contracts/api/problem.ts';
import { toProblem } from '../../../handlers/http/problem.ts';
import { ask } from '../../../infra/console/data/api.ts';
import { InvalidRequestError, NotFoundError } from '../../../pipelines/request-errors.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What the page says of a request that gets this response. */
async function saidOf(response: Response): Promise<string> {
  vi.stubGlobal('fetch', async () => response);
  return ask('/search/orders', z.unknown()).then(
    () => 'nothing',
    (error: unknown) => String(error),
  );
}

/** A refusal as the functions of the API send it. */
function refusal(error: Error): Response {
  const { statusCode, body } = toProblem(error, 'a-request').response;
  return new Response(body, { status: statusCode ?? 0 });
}
const gatewayRefusal = (status: number, body: GatewayMessage) => Response.json(body, { status });

describe('what a page says of a refused request', () => {
  it('names each field that is to blame', async () => {
    const fields = [
      { in: 'query', field: 'q', message: 'must have at most 128 characters' },
      { in: 'body', field: '/set/total', message: 'expected number' },
    ] as const;
    expect(await saidOf(refusal(new InvalidRequestError('The query is malformed.', fields)))).toBe(
      'Error: 400: The query is malformed. Correct each field that `errors` names. q: must have at most 128 characters. /set/total: expected number. Request a-request.',
    );
  });

  it('is the detail where no field is to blame', async () => {
    expect(await saidOf(refusal(new NotFoundError('order')))).toBe(
      'Error: 404: There is no such order. Check the ids in the path. Request a-request.',
    );
  });

  it.each([
    [401, 'Unauthorized'],
    [403, 'Forbidden'],
    [429, 'Too Many Requests'],
    [503, 'Service Unavailable'],
  ])('is the message of API Gateway where that refuses it with %i', async (status, message) => {
    expect(await saidOf(gatewayRefusal(status, { message }))).toBe(`Error: ${status}: ${message}.`);
  });

  it('is that no reason was given where the body is none of these', async () => {
    expect(await saidOf(new Response('<html>', { status: 502 }))).toBe('Error: 502: No reason was given.');
  });
});
