import { PermanentError } from '../core/errors.ts';

/** A text is no JSON that a dead letter can hold. */
export class InvalidJsonError extends PermanentError {
  readonly code = 'invalid-json';
  readonly remedy = 'Purge the dead letter: nothing that this system writes looks like it.';
  /** What is wrong with the text, as the end of a sentence; quotes none of it. */
  readonly issue: string;

  constructor(issue: string) {
    super(`The text ${issue}`);
    this.issue = issue;
  }
}

/**
 * The most levels of a value. DynamoDB nests 32 deep and names a type at each level; what surrounds an item adds a few.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-attributes.
 */
const LEVELS_MAX = 100;

/**
 * Reads the JSON of a dead letter. What is nested deeper than any record is refused: it can be parsed, but neither printed nor
 * put on a queue again, since JSON.stringify calls itself for each level.
 *
 * @throws InvalidJsonError
 */
export function boundedJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidJsonError('is no JSON');
    throw error;
  }
  if (isDeeper(value, LEVELS_MAX)) throw new InvalidJsonError(`is nested deeper than ${LEVELS_MAX} levels`);
  return value;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
