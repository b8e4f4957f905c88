/**
 * How the AWS clients send: with its retries a hung connection must cost less than an API function has, and less than a consumer
 * keeps back to report. It stands apart from the clients, since the bundle keeps the whole of whatever an import on demand reaches.
 */
export const transport = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
    // The request's time-out ends when the headers are there; a body that stops half way would hold its caller for minutes.
    socketTimeout: 3_000,
  },
};
