import { describe, expect, it } from 'vitest';
import { SinkRefusedError } from '../../../pipelines/errors.ts';
import { SearchIndexMissingError, SearchUnavailableError } from '../../../pipelines/search/errors.ts';
import { failureOf } from '../../../pipelines/search/indexing/bulk.ts';

describe('the result of one bulk operation', () => {
  it.each([
    ['a new document', { status: 201 }],
    ['a changed document', { status: 200 }],
    ['a newer document that is there', { status: 409, error: { type: 'version_conflict_engine_exception' } }],
    ['the removal of a document that does not exist', { status: 404 }],
  ])('is a success for %s', (_, result) => {
    expect(failureOf(result)).toBeUndefined();
  });

  it.each([
    [429, 'opensearch_rejected_execution_exception'],
    [429, 'cluster_block_exception'],
    [403, 'cluster_block_exception'],
    [403, 'security_exception'],
    [401, 'security_exception'],
    [500, 'illegal_state_exception'],
    [503, 'unavailable_shards_exception'],
  ])('is transient for %i %s', (status, type) => {
    expect(failureOf({ status, error: { type } })).toBeInstanceOf(SearchUnavailableError);
  });

  it('is transient for a failure that gives no reason', () => {
    expect(failureOf({ status: 502 })).toBeInstanceOf(SearchUnavailableError);
  });

  it.each([
    [404, 'index_not_found_exception'],
    [400, 'index_closed_exception'],
    [400, 'illegal_argument_exception'],
  ])('names the deployment, and is transient, for %i %s', (status, type) => {
    expect(failureOf({ status, error: { type } })).toBeInstanceOf(SearchIndexMissingError);
  });

  it.each([
    [400, 'mapper_parsing_exception'],
    [400, 'strict_dynamic_mapping_exception'],
    [413, 'content_too_long_exception'],
  ])('is permanent for %i %s, and names the type', (status, type) => {
    const failure = failureOf({ status, error: { type } });

    expect(failure).toBeInstanceOf(SinkRefusedError);
    expect(failure?.message).toContain(type);
  });
});
