import * as z from 'zod';
import { line } from '../text.ts';

/** See https://openid.net/specs/openid-connect-core-1_0.html#IDToken. */
export const SUBJECT_CHARACTERS_MAX = 255;

/** Who did something, and in which request: what an audit asks of an item that has moved or made money. */
export const RequestedBy = z.object({
  /** The `sub` of the caller's token. */
  subject: line(SUBJECT_CHARACTERS_MAX),
  /** API Gateway's id of the request, which the access log has too. */
  requestId: z.string(),
});
export type RequestedBy = z.infer<typeof RequestedBy>;
