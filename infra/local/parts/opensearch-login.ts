import { LocalPartError } from '../machine/local-part.ts';

/** The login for a cluster with passwords. */
export interface OpenSearchLogin {
  readonly username: string;
  readonly password: string;
}

/**
 * The login for the cluster that OPENSEARCH_URL names: OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD, which go to the functions'
 * environment and nowhere else. `undefined` if neither is set, and for the node that is started here, which needs no login.
 *
 * @throws LocalPartError `opensearch-url-refused` if only one is set.
 */
export function openSearchLogin(): OpenSearchLogin | undefined {
  const { OPENSEARCH_URL: url, OPENSEARCH_USERNAME: username, OPENSEARCH_PASSWORD: password } = process.env;
  if (!url || (!username && !password)) return undefined;
  if (username && password) return { username, password };
  throw new LocalPartError(
    'opensearch-url-refused',
    'Only one of OPENSEARCH_USERNAME and OPENSEARCH_PASSWORD is set',
    'Set both. Set neither for a cluster without passwords.',
  );
}
