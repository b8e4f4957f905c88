import { afterEach, describe, expect, it, vi } from 'vitest';
import { LocalPartError } from '../../../infra/local/machine/local-part.ts';
import { otherOpenSearch } from '../../../infra/local/parts/opensearch.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('OPENSEARCH_URL', () => {
  it.each([
    ['', undefined],
    ['http://127.0.0.1:9200', 'http://127.0.0.1:9200'],
    ['https://search.example/path//', 'https://search.example/path'],
  ])('of %j names the cluster %s', (url, cluster) => {
    vi.stubEnv('OPENSEARCH_URL', url);
    expect(otherOpenSearch()).toBe(cluster);
  });

  it.each(['http://admin:secret@127.0.0.1:9200', '127.0.0.1:9200', 'search.example'])(
    'of %s is refused without being repeated',
    (url) => {
      vi.stubEnv('OPENSEARCH_URL', url);
      expect(otherOpenSearch).toThrow(LocalPartError);
      expect(otherOpenSearch).not.toThrow(url);
    },
  );
});
