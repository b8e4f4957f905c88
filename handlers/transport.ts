/**
 * How the AWS clients send. A hung connection, with its retries, must take less time than an API function has, and less than a
 * consumer reserves for its report.
 */
export const transport = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
    // The request's time-out ends when the headers arrive; without this one, a body that stops half way would block its caller for minutes.
    socketTimeout: 3_000,
  },
};
