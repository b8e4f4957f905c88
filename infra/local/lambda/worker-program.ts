import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import type { WorkerData, WorkerMessage, WorkerRequest } from './worker-protocol.ts';

/** Lambda's runtime in a worker: loads the function's module once, then runs one invocation at a time. */
const Handler = z.custom<(event: unknown, context: Context) => unknown>(
  (value) => typeof value === 'function',
);
// The parent is of the same build: what it sends is what worker-protocol.ts says.
const { modulePath, exportName, functionName, functionArn, memoryMb } = workerData as WorkerData;

const send = (message: WorkerMessage): void => parentPort?.postMessage(message);

const handler = await load();
if (handler !== undefined) {
  parentPort?.on('message', (request: WorkerRequest) => void run(handler, request));
  send({ kind: 'ready' });
}

async function load(): Promise<z.infer<typeof Handler> | undefined> {
  try {
    const module: unknown = await import(pathToFileURL(modulePath).href);
    return parse(z.looseObject({ [exportName]: Handler }), module)[exportName];
  } catch (error) {
    send(failure(error));
    return undefined;
  }
}

async function run(handle: z.infer<typeof Handler>, request: WorkerRequest): Promise<void> {
  try {
    send({
      kind: 'success',
      json: JSON.stringify(await handle(JSON.parse(request.eventJson), contextOf(request))),
    });
  } catch (error) {
    send(failure(error));
  }
}

function failure(error: unknown): WorkerMessage {
  if (!(error instanceof Error))
    return { kind: 'error', errorType: typeof error, errorMessage: String(error), trace: [] };
  return {
    kind: 'error',
    errorType: error.name,
    errorMessage: error.message,
    trace: (error.stack ?? '').split('\n'),
  };
}

const outdated = (): never => {
  throw new Error('Return the result: Node.js 24 functions have no callbacks');
};

/** See https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html. */
function contextOf({ requestId, deadlineMs }: WorkerRequest): Context {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: false,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    done: outdated,
    fail: outdated,
    succeed: outdated,
  };
}
