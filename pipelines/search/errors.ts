import { OrderStreamError, TransientError } from '../errors.ts';

/** OpenSearch did not respond, or cannot serve now: too many requests, a server error, a block, no permission. */
export class SearchUnavailableError extends TransientError {
  override readonly code: string = 'search-unavailable';
  override readonly remedy: string =
    "Check the cluster's health, its write blocks and the function's permission for it; the records wait in the stream.";
}

/** A search took longer than its limit. Partial results are not returned: they could be taken for complete ones. */
export class SearchTimedOutError extends SearchUnavailableError {
  override readonly code = 'search-timed-out';
  override readonly remedy = "Search for less; if all searches are slow, check the cluster's load.";
}

/** OpenSearch refuses the query that is made here, so that no later one succeeds: a fault of the version, or of the index's mapping. */
export class SearchQueryRefusedError extends OrderStreamError {
  readonly code = 'search-query-refused';
  readonly remedy =
    'Rebuild the index if its mapping is older than the version, or else deploy the version before.';
}

/** The write alias or its write index does not exist, or refuses writes: the deployment is wrong, not the record. */
export class SearchIndexMissingError extends SearchUnavailableError {
  override readonly code = 'search-index-missing';
  override readonly remedy =
    'Make the index from the table: npm run ops -- reindex NAME --lost. The records wait in the stream.';
}

/** An index or alias is in a state that the installation cannot correct without guessing, or OpenSearch refused to create it. */
export class IndexInstallationError extends OrderStreamError {
  readonly code = 'index-installation';
  readonly remedy = 'Set the aliases of the named index by hand (_aliases), then install again.';
}
