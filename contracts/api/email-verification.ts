import * as z from 'zod';
import { Instant, UserId } from '../ids.ts';
import type { Operation } from './operation.ts';

/** Base64url; longer than any token, so that a longer text is refused before it is read. */
const token = () => z.string().regex(/^[\w-]{1,4096}$/, 'must be a code that a mail has');

/** `POST /users/{userId}/email-verification/confirmation`. */
export const ConfirmEmailBody = z.strictObject({
  /** The code of the mail. */
  token: token(),
});
export type ConfirmEmailBody = z.infer<typeof ConfirmEmailBody>;

/** Whether the user's address is verified, or a mail with a code is on its way to it. */
export const EmailVerificationView = z.discriminatedUnion('state', [
  z.object({ userId: UserId, state: z.literal('sent'), expiresAt: Instant }),
  z.object({ userId: UserId, state: z.literal('verified'), verifiedAt: Instant }),
]);
export type EmailVerificationView = z.infer<typeof EmailVerificationView>;

/** The order mails of the user have ended. It names no user, since any bearer of the link may read it. */
export const UnsubscribedView = z.object({ state: z.literal('unsubscribed') });
export type UnsubscribedView = z.infer<typeof UnsubscribedView>;

const userPath = z.object({ userId: UserId });

export const emailVerificationOperations = [
  {
    id: 'requestEmailVerification',
    method: 'POST',
    path: '/users/{userId}/email-verification',
    summary: "Mails a code to the user's address, so that order mails may go to it",
    access: 'owner',
    scopes: ['orders:write'],
    parameters: { path: userPath },
    success: { status: 200, description: 'The mail, or the verification', body: EmailVerificationView },
    refusals: [404, 409],
  },
  {
    id: 'confirmEmail',
    method: 'POST',
    path: '/users/{userId}/email-verification/confirmation',
    summary: "Verifies the user's address by the code of the mail",
    access: 'owner',
    scopes: ['orders:write'],
    parameters: { path: userPath },
    body: ConfirmEmailBody,
    example: { token: 'AVq3' },
    success: { status: 200, description: 'The verification', body: EmailVerificationView },
    refusals: [404, 409],
  },
  {
    id: 'unsubscribe',
    method: 'POST',
    path: '/unsubscribe',
    summary: 'Ends the order mails of a user, by the link of one of them',
    access: 'public',
    parameters: { query: z.object({ token: token() }) },
    success: { status: 200, description: 'The end of the order mails', body: UnsubscribedView },
    refusals: [409],
  },
] as const satisfies readonly Operation[];
