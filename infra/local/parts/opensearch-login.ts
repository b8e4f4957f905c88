import { LocalPartError } from './local-part.ts';

/** Whom a cluster with passwords takes for whom it knows. */
export interface OpenSearchLogin {
  readonly username: string;
  readonly password: string;
}

/**
 * The login for the cluster that OPENSEARCH_URL names: OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD, which go to the functions'
 * environment and nowhere else. None where neither is set, and for the node that is started here, which asks for none.
 *
 * @throws LocalPartError `opensearch-url-refused` where only one is set.
 */
export function openSearchLogin(): OpenSearchLogin | undefined {
  const { OPENSEARCH_URL: url, OPENSEARCH_USERNAME: username, OPENSEARCH_PASSWORD: password } = process.env;
  if (!url || (!username && !password)) return undefined;
  if (username && password) return { username, password };
  throw new LocalPartError(
    'opensearch-url-refused',
    'Only one of OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD is set',
    'Set both, or neither for a cluster that asks for no password.',
  );
}
