import * as z from 'zod';
import type { LambdaOnFailure } from '../../contracts/dead-letters/lambda-on-failure.ts';
import { read } from '../../contracts/reading.ts';
import { boundedJson, InvalidJsonError } from './bounded-json.ts';

const StreamEvent = z.object({ Records: z.array(z.unknown()).min(1) });
const EventText = z
  .string()
  .transform((text, ctx): unknown => {
    try {
      return boundedJson(text);
    } catch (error) {
      if (!(error instanceof InvalidJsonError)) throw error;
      ctx.addIssue({ code: 'custom', message: error.issue });
      return z.NEVER;
    }
  })
  .pipe(StreamEvent);
const Payload = z.union([StreamEvent, EventText]);

/** The records that Lambda's message holds itself; `undefined` where it has none that can be read, only pointers. */
export function batchPayload({ payload }: LambdaOnFailure): readonly unknown[] | undefined {
  const batch = read(Payload, payload);
  return batch.success ? batch.data.Records : undefined;
}
