import { OrderStreamError, TransientError } from '../errors.ts';

/** OpenSearch did not answer, or said that it cannot serve now: too many requests, a fault of its own, a block, no permission. */
export class SearchUnavailableError extends TransientError {
  override readonly code: string = 'search-unavailable';
  override readonly remedy: string =
    "Look at the cluster's health, its write blocks and the function's permission for it; the records wait in the stream.";
}

/** A search took longer than it may. What was found by then is not shown: a part would pass for the whole. */
export class SearchTimedOutError extends SearchUnavailableError {
  override readonly code = 'search-timed-out';
  override readonly remedy = "Search for less; if all searches are slow, look at the cluster's load.";
}

/** The write alias, or its write index, is not there or cannot be written through: a deployment fault, not the record's. */
export class SearchIndexMissingError extends SearchUnavailableError {
  override readonly code = 'search-index-missing';
  override readonly remedy =
    'Install the indices (installIndices, or a new deployment); the records wait in the stream.';
}

/** An index or alias is in a state that installing cannot settle without guessing, or OpenSearch refused to make it. */
export class IndexInstallationError extends OrderStreamError {
  readonly code = 'index-installation';
  readonly remedy = 'Set the aliases of the named index by hand (_aliases), then install again.';
}
