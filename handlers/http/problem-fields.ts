import type * as z from 'zod';
import type { ProblemField } from '../../contracts/api/problem.ts';

/** The most fields that a problem names: an answer stays small however much is wrong with a request. */
export const PROBLEM_FIELDS_MAX = 50;

/** The JSON Pointer of a path into a body. See https://www.rfc-editor.org/rfc/rfc6901. */
export const jsonPointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** What a schema says of a body, one entry a field; each unknown field has an entry of its own. */
export function bodyFields(error: z.ZodError): ProblemField[] {
  return error.issues
    .flatMap((issue): ProblemField[] =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .slice(0, PROBLEM_FIELDS_MAX)
            .map((key) => inBody([...issue.path, key], 'is not a known field'))
        : [inBody(issue.path, issue.message)],
    )
    .slice(0, PROBLEM_FIELDS_MAX);
}

/** What a schema says of named parameters; each unknown one has an entry of its own. */
export function parameterFields(error: z.ZodError, place: 'path' | 'query'): ProblemField[] {
  return error.issues
    .flatMap((issue): ProblemField[] =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ in: place, field: key, message: 'is not a known parameter' }))
        : [{ in: place, field: String(issue.path[0] ?? ''), message: issue.message }],
    )
    .slice(0, PROBLEM_FIELDS_MAX);
}

const inBody = (path: readonly PropertyKey[], message: string): ProblemField => ({
  in: 'body',
  field: jsonPointer(path),
  message,
});
