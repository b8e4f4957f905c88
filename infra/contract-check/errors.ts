import { OrderStreamError } from '../../pipelines/core/errors.ts';

/** A document whose references cannot be followed. */
export class UnreadableContractError extends OrderStreamError {
  readonly code = 'unreadable-contract';
  readonly remedy =
    'Write contracts/asyncapi.json anew with `npm run asyncapi`; restore what a release kept.';
}

/** The version in package.json was released already, with another contract. */
export class AlreadyReleasedError extends OrderStreamError {
  readonly code = 'already-released';
  readonly remedy = 'Raise the version in package.json, run `npm run asyncapi` and then this again.';
}
