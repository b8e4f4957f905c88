import { SESv2Client } from '@aws-sdk/client-sesv2';

/**
 * Apart from the other clients, so that only the bundle that sends mail holds it. It waits longer than they do and never
 * tries again: a request whose answer is lost may have sent its mail.
 */
export const ses = (): SESv2Client =>
  new SESv2Client({
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
      socketTimeout: 10_000,
    },
  });
