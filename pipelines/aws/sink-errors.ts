import { ServiceException } from '@smithy/core/client';
import { TransientError } from '../errors.ts';
import { type AwsErrorKind, awsErrorKind } from './aws-errors.ts';

/** An AWS service that consumers write to: its name in the code of an error, and in its message. */
export interface Sink {
  readonly code: 'table' | 'operations-table' | 'topic';
  readonly name: string;
}

export const TABLE: Sink = { code: 'table', name: 'The table' };
export const OPERATIONS_TABLE: Sink = { code: 'operations-table', name: 'The operations table' };
export const ORDER_TOPIC: Sink = { code: 'topic', name: 'The order topic' };

/** How a sink failed. `no-response`: no connection, or no response in time. `failing`: it responded with an error of its own. */
type SinkFailure = 'missing' | 'denied' | 'throttled' | 'contended' | 'refusing' | 'failing' | 'no-response';

const WORDS: Readonly<Record<SinkFailure, { readonly says: string; readonly remedy: string }>> = {
  missing: {
    says: 'does not exist',
    remedy:
      'Create it again under the name that the function has, which a deployment of the same template does not do. See docs/runbook.md, Revert what was changed by hand.',
  },
  denied: { says: 'denies access', remedy: "Check the function's role, and the policy and the key of it." },
  throttled: { says: 'throttles requests', remedy: 'None while it is rare. If it lasts, raise its quota.' },
  contended: {
    says: 'has other writers at the same items all the time',
    remedy: 'None while it is rare. If it lasts, look for a writer that never stops.',
  },
  refusing: { says: 'refuses requests', remedy: "Check its ARN and its kind in the function's environment." },
  failing: { says: 'failed', remedy: "Check the service's health; the records are retried." },
  'no-response': {
    says: 'did not respond',
    remedy: "Check the network and the service's health; the records are retried.",
  },
};

/** An AWS service did not do what a record needs, for a reason that is not the record's: the record is retried. */
export class SinkUnavailableError extends TransientError {
  override readonly code: string;
  override readonly remedy: string;

  /** @param detail What the service said: its error code, never its message, which can quote a value. */
  constructor(sink: Sink, failure: SinkFailure, detail?: string, options?: ErrorOptions) {
    const { says, remedy } = WORDS[failure];
    super(`${sink.name} ${says}${detail === undefined ? '' : `: ${detail}`}`, options);
    this.code = `${sink.code}-${failure}`;
    this.remedy = remedy;
  }
}

/** The failure that a kind of error is; `undefined` for an error that is no failure of the service. */
export function sinkFailureOf(kind: AwsErrorKind, hasResponded: boolean): SinkFailure | undefined {
  switch (kind) {
    case 'not-found':
      return 'missing';
    case 'denied':
    case 'throttled':
      return kind;
    case 'conflict':
      return 'contended';
    case 'validation':
      return 'refusing';
    case 'retryable':
      return hasResponded ? 'failing' : 'no-response';
    default:
      return undefined;
  }
}

/** An error of a call to a sink with the name of the sink and what is wrong with it. Our own errors, and those that are no failure of the sink, stay as they are. */
export function namedSinkError(error: unknown, sink: Sink): unknown {
  const hasResponded = error instanceof ServiceException;
  const failure = sinkFailureOf(awsErrorKind(error), hasResponded);
  if (failure === undefined) return error;
  return new SinkUnavailableError(sink, failure, hasResponded ? error.name : undefined, { cause: error });
}
