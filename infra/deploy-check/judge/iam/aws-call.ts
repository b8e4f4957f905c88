import { OrderStreamError } from '../../../../pipelines/errors.ts';
import { LOCAL_ACCOUNT_ID, LOCAL_REGION } from '../../../local/machine/region.ts';

/** One request of a function in IAM's terms. A request may be several calls: a transaction is one of each of its actions. */
export interface AwsCall {
  /** `dynamodb:GetItem`. */
  readonly action: string;
  /** An ARN, or `*` for an action that takes none. */
  readonly resource: string;
  /** The condition keys that the service gives with the action. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** A request as it came to the gateway. */
export interface AwsRequest {
  /** As the signature's scope names it: `dynamodb`, `es`, `monitoring`. */
  readonly service: string;
  readonly method: string;
  readonly url: URL;
  /** `X-Amz-Target`, which names the operation of a service that speaks JSON. */
  readonly target: string | undefined;
  readonly body: string;
}

/** A request whose calls cannot be read. It is refused: nothing unknown counts as allowed. */
export class UnknownCallError extends OrderStreamError {
  readonly code = 'unknown-call';
  readonly remedy =
    'Say in infra/deploy-check/judge which action of IAM the request is, and on which resource.';
}

/** An ARN of this machine's account and region. */
export const arnOf = (service: string, resource: string): string =>
  `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT_ID}:${resource}`;
