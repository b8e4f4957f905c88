import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { transport } from './transport.ts';

/** Apart from the other clients, so that only the bundle of the function that reads metrics holds it. */
export const cloudWatch = (): CloudWatchClient => new CloudWatchClient(transport);
