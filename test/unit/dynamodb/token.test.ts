import { describe, expect, it } from 'vitest';
import { IdempotencyKey } from '../../../contracts/api/parameters.ts';
import { clientRequestToken, type IdempotentRequest } from '../../../pipelines/dynamodb/write-once.ts';

const request: IdempotentRequest = {
  caller: 'u-1',
  operation: 'transfer-funds',
  resource: 'u-1/a-1',
  key: IdempotencyKey.parse('key-1'),
  body: {},
};

describe('the ClientRequestToken of a decision about a request', () => {
  it('is as long as DynamoDB takes, and reveals nothing of the key', () => {
    const token = clientRequestToken(request, 'decision-1');
    expect(token).toMatch(/^[0-9a-f]{36}$/);
  });

  it('is the same for the same decision', () => {
    expect(clientRequestToken({ ...request }, 'decision-1')).toBe(clientRequestToken(request, 'decision-1'));
  });

  it.each([
    ['decision', request, 'decision-2'],
    ['key', { ...request, key: IdempotencyKey.parse('key-2') }, 'decision-1'],
    ['caller', { ...request, caller: 'u-2' }, 'decision-1'],
    ['resource', { ...request, resource: 'u-2/a-1' }, 'decision-1'],
    ['operation', { ...request, operation: 'another' }, 'decision-1'],
  ])('is another one for another %s', (_, other, decisionId) => {
    expect(clientRequestToken(other, decisionId)).not.toBe(clientRequestToken(request, 'decision-1'));
  });
});
