import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { TRY_SECONDS } from '../plan/topic-endpoint.ts';
import { JsonText } from '../template/json-text.ts';

const Envelope = JsonText.pipe(z.looseObject({ MessageId: z.string(), TopicArn: z.string() }));

/** A webhook refused a notification. */
export class WebhookRefusedError extends OrderStreamError {
  readonly code = 'webhook-refused';
  readonly remedy =
    'Fix the webhook. After three attempts the notification is on UndeliverableNotifications.';
}

/**
 * Posts a notification to a webhook as SNS does, but without a valid signature.
 * See https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html.
 *
 * @throws WebhookRefusedError for any response other than 2xx; an error of fetch if there is no response in time.
 */
export async function deliverToWebhook(url: string, { body }: Pick<SQSRecord, 'body'>): Promise<void> {
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
    signal: AbortSignal.timeout(TRY_SECONDS * MS_PER_SECOND),
  });
  await response.body?.cancel();
  if (!response.ok) throw new WebhookRefusedError(`The webhook responded with ${response.status}`);
}
