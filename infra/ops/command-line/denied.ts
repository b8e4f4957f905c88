import { wireCodeKind } from '../../../pipelines/aws/aws-errors.ts';

/** How the code of a sink's error ends that denied the caller, as `topic-denied` does. */
const DENIED = '-denied';

/** What helps an operator whose write is denied, by IAM or by the policy of a queue, a bucket or the topic. */
export const DENIED_REMEDY =
  'Where a stack denies it: only its functions and the role of its parameter OperatorRoleArn may write there. Deploy with your role, or replay in the console. See docs/deploy.md.';

/** Whether a replay that ended with this code may have been denied. */
export const mayBeDenied = (code: string): boolean =>
  code.endsWith(DENIED) || wireCodeKind(code) === 'denied' || code === 'dead-letter-refused';
