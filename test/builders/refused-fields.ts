import { InvalidRequestError } from '../../pipelines/request-errors.ts';

/** The fields that a call names as it refuses its request; none when it takes it. */
export function refusedFields(call: () => unknown): string[] {
  try {
    call();
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.fields.map(({ field }) => field);
    throw error;
  }
  return [];
}
