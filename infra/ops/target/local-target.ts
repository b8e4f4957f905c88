import { userInfo } from 'node:os';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { hashOf } from '../../../handlers/email-hash.ts';
import { settings } from '../../../handlers/environment.ts';
import { replaySettings } from '../../../pipelines/dead-letters/replay/replay-consumers.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../local/machine/region.ts';
import { runningSystem } from '../../local/running/running-system.ts';
import { destroyClients, localClients } from '../../local/system/local-clients.ts';
import { STACK_NAME } from '../../local/template/local-names.ts';
import { OPS_TRANSPORT, type OpsTarget } from './ops-target.ts';

/** The local system that runs; if several run, the one of this process. @throws NoLocalSystemError; SeveralLocalSystemsError */
export function localTarget(pid?: number): OpsTarget {
  const running = runningSystem(pid);
  const clients = localClients(running.endpoints, OPS_TRANSPORT);
  const awsApis = {
    ...OPS_TRANSPORT,
    endpoint: running.endpoints.awsApis,
    region: LOCAL_REGION,
    credentials: LOCAL_CREDENTIALS,
  };
  const cloudWatch = new CloudWatchClient(awsApis);
  const lambda = new LambdaClient(awsApis);
  const name = (logicalId: string): string => running.names[logicalId] ?? '';
  return {
    title: `the local system at ${running.apiUrl}`,
    ...clients,
    emailHash: hashOf(running.emailHashKey),
    cloudWatch,
    lambda,
    place: { kind: 'local', running },
    actor: `local:${userInfo().username}`,
    resources: {
      ...settings(replaySettings, running.orderEventsEnvironment),
      parkedDeadLettersUrl: name('ParkedDeadLetters'),
      service: STACK_NAME,
      idempotencyTableName: name('IdempotencyTable'),
      mailboxTableName: running.names['MailboxTable'],
      consumers: {
        'order-events': {
          functionName: name('OrderEventsFunction'),
          deadLetterQueueUrl: name('OrderEventsDeadLetters'),
          deadLetterBucket: name('OrderEventsDeadLetterBucket'),
        },
        'search-index': {
          functionName: name('SearchIndexFunction'),
          deadLetterQueueUrl: name('SearchIndexDeadLetters'),
          deadLetterBucket: name('SearchIndexDeadLetterBucket'),
        },
      },
    },
    [Symbol.asyncDispose]: async () => {
      cloudWatch.destroy();
      lambda.destroy();
      await destroyClients(clients);
    },
  };
}
