import { awsErrorKind } from './aws-errors.ts';
import { SinkRefusedError } from './errors.ts';

/**
 * What an error of an AWS call means for the record that caused it: a request that is wrong in itself stays wrong, so it is
 * a SinkRefusedError; anything else is handed back as it came and counts as transient.
 */
export function asSinkError(error: unknown, sink: string): unknown {
  if (awsErrorKind(error) !== 'validation') return error;
  return new SinkRefusedError(`${sink} refused the request`, [], { cause: error });
}
