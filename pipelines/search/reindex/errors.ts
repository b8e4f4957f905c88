import { OrderStreamError } from '../../core/errors.ts';

/** The aliases of an index are not as a rebuild leaves them, so that it is not guessed what they should be. */
export class IndexStateError extends OrderStreamError {
  readonly code = 'index-state';
  readonly remedy =
    'Look at the aliases of the index (GET /_alias), and give its read and write alias to one index.';
}

/** There is no older index to go back to. */
export class NothingToRollBackError extends OrderStreamError {
  readonly code = 'nothing-to-roll-back';
  readonly remedy = 'Rebuild the index instead: npm run ops -- reindex.';
}
