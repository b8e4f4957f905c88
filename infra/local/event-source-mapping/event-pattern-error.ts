import { OrderStreamError } from '../../../pipelines/core/errors.ts';

/** A filter pattern that Lambda would refuse when the mapping is created. */
export class InvalidEventPatternError extends OrderStreamError {
  readonly code = 'invalid-event-pattern';
  readonly remedy = 'Mend the FilterCriteria of the event source in infra/template.yaml.';
  /** Where in the pattern, its names joined by dots; empty for the whole. */
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`The filter pattern${path === '' ? '' : ` at ${path}`} ${problem}`);
    this.path = path;
  }
}
