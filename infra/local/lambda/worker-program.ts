import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import type { WorkerData, WorkerMessage, WorkerRequest } from './worker-protocol.ts';

/**
 * Lambda's runtime in a worker: loads the function's module once, then runs one invocation at a time. It imports no package: each worker would
 * load it once more.
 */
type Handler = (event: unknown, context: Context) => unknown;

// The parent is of the same build: what it sends is what worker-protocol.ts says.
const { modulePath, exportName, functionName, functionArn, memoryMb } = workerData as WorkerData;

// Node.js has read it. The function sees what the template gives it, and nothing else.
delete process.env['NODE_COMPILE_CACHE'];

const send = (message: WorkerMessage): void => parentPort?.postMessage(message);

const handler = await load();
if (handler !== undefined) {
  parentPort?.on('message', (request: WorkerRequest) => void run(handler, request));
  send({ kind: 'ready' });
}

async function load(): Promise<Handler | undefined> {
  try {
    const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(modulePath).href);
    const exported = module[exportName];
    if (isHandler(exported)) return exported;
    send({
      kind: 'error',
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: `${exportName} is undefined or not exported`,
      trace: [],
    });
  } catch (error) {
    send(failure(error));
  }
  return undefined;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

async function run(handle: Handler, request: WorkerRequest): Promise<void> {
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
