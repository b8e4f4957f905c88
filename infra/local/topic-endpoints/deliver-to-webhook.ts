import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { TRY_SECONDS } from '../plan/topic-endpoint.ts';
import { JsonText } from '../template/json-text.ts';

const HTTP_TOO_MANY_REQUESTS = 429;
const HTTP_SERVER_ERROR = 500;

const Envelope = JsonText.pipe(z.looseObject({ MessageId: z.string(), TopicArn: z.string() }));

/** A webhook refused a notification. */
export class WebhookRefusedError extends OrderStreamError {
  readonly code = 'webhook-refused';
  readonly remedy =
    'Fix the webhook. After three attempts, or at once for a response other than 5xx and 429, the notification is on UndeliverableNotifications.';
  /** Whether SNS makes no other attempt: it does for 5xx and 429 alone. */
  readonly isFinal: boolean;

  constructor(status: number) {
    super(`The webhook responded with ${status}`);
    this.isFinal = status < HTTP_SERVER_ERROR && status !== HTTP_TOO_MANY_REQUESTS;
  }
}

/**
 * Posts a notification to a webhook as SNS does, but without a valid signature.
 * See https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html and
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html.
 *
 * @throws WebhookRefusedError for any response other than 2xx; an error of fetch if there is no response in time, or the signal aborts.
 */
export async function deliverToWebhook(
  url: string,
  { body }: Pick<SQSRecord, 'body'>,
  signal: AbortSignal,
): Promise<void> {
  const { MessageId, TopicArn } = parse(Envelope, body);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': MessageId,
      'x-amz-sns-topic-arn': TopicArn,
    },
    body,
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TRY_SECONDS * MS_PER_SECOND)]),
  });
  await response.body?.cancel();
  if (!response.ok) throw new WebhookRefusedError(response.status);
}
