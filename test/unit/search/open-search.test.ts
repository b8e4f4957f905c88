import { errors } from '@opensearch-project/opensearch';
import { describe, expect, it } from 'vitest';
import { SearchUnavailableError } from '../../../pipelines/search/errors.ts';
import { type OpenSearchClient, openSearchResponse } from '../../../pipelines/search/open-search.ts';

const clientThatFails = (error: Error): OpenSearchClient => ({
  transport: { request: () => Object.assign(Promise.reject(error), { abort: () => undefined }) },
});

const failureOf = (error: Error): Promise<unknown> =>
  openSearchResponse(clientThatFails(error), { method: 'GET', path: '/' }, { timeoutMs: 1_000 }).catch(
    (failure: unknown) => failure,
  );

describe('a request to OpenSearch that has no response', () => {
  it('says what happened to the connection', async () => {
    const failure = await failureOf(new errors.ConnectionError('connect ECONNREFUSED'));
    expect(failure).toBeInstanceOf(SearchUnavailableError);
    expect(failure).toMatchObject({
      message: 'No response from OpenSearch: ConnectionError (connect ECONNREFUSED)',
    });
  });

  it('quotes nothing of a response that is no JSON', async () => {
    const failure = await failureOf(parserError('"Ada Lovelace" of Dresden'));
    expect(failure).toBeInstanceOf(SearchUnavailableError);
    expect(failure).toMatchObject({ message: 'No response from OpenSearch: DeserializationError' });
  });
});

/** The client's error for a response that is no JSON: its message is the parser's. */
function parserError(body: string): Error {
  try {
    return JSON.parse(body);
  } catch (error) {
    return new errors.DeserializationError(String(error), body);
  }
}
