import { userInfo } from 'node:os';
import { orderHandlerSettings } from '../../../handlers/environment.ts';
import { runningSystem } from '../../local/running/running-system.ts';
import { destroyClients, localClients } from '../../local/system/local-clients.ts';
import type { OpsTarget } from './ops-target.ts';

/** The local system that runs; if several run, the one of this process. @throws NoLocalSystemError; SeveralLocalSystemsError */
export function localTarget(pid?: number): OpsTarget {
  const running = runningSystem(pid);
  const clients = localClients(running.endpoints);
  const name = (logicalId: string): string => running.names[logicalId] ?? '';
  return {
    title: `the local system at ${running.apiUrl}`,
    ...clients,
    place: { kind: 'local', running },
    actor: `local:${userInfo().username}`,
    resources: {
      ...orderHandlerSettings(running.orderEventsEnvironment),
      parkedDeadLettersUrl: name('ParkedDeadLetters'),
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
    [Symbol.asyncDispose]: () => destroyClients(clients),
  };
}
