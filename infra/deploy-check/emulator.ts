import { dirname, join } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { parseJson } from '../../contracts/reading.ts';
import { LOCAL_REGION } from '../local/machine/region.ts';
import { makeScratchFolder } from '../local/machine/scratch-folder.ts';
import { startPartProcess } from '../local/parts/part-process.ts';
import { DeployCheckError } from './deploy-check-error.ts';
import { pythonTools } from './python.ts';

const REQUEST_TIMEOUT_MS = 60_000;
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
/** The signature is not checked, but its scope names the service and the region. */
const authorization = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/${LOCAL_REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`;

/** What an invoked function gave back. */
export interface Invocation {
  /** Whether the function threw. */
  readonly failed: boolean;
  readonly payload: string;
}

const Configuration = z.object({
  Environment: z
    .object({ Variables: z.record(z.string(), z.string()).default({}) })
    .default({ Variables: {} }),
});

/** A running emulator of AWS, and the calls that the check makes of it. */
export interface Emulator extends AsyncDisposable {
  readonly endpoint: string;
  readonly cloudFormation: CloudFormationClient;
  readonly s3: S3Client;
  /** @param functionName a name, or the ARN of an alias. */
  invoke(functionName: string, event: unknown): Promise<Invocation>;
  /** The environment of a function, or of the version behind an alias of it. */
  environmentOf(
    functionName: string,
    qualifier: string | undefined,
  ): Promise<Readonly<Record<string, string>>>;
}

/**
 * Starts ministack on a free port of 127.0.0.1. It runs the functions with this process's Node.js, keeps everything in memory and
 * a folder for temporary files, and ends with this process.
 *
 * @throws LocalPartError when it does not start; PythonToolsError when it cannot be installed.
 */
export async function startEmulator(): Promise<Emulator> {
  const { bin, env } = pythonTools();
  const part = await startPartProcess({
    name: 'ministack',
    command: join(bin, 'python'),
    args: [join(import.meta.dirname, 'emulator.py')],
    env: {
      ...env,
      PATH: `${dirname(process.execPath)}:${env['PATH'] ?? ''}`,
      TMPDIR: makeScratchFolder(),
      MINISTACK_REGION: LOCAL_REGION,
      AWS_DEFAULT_REGION: LOCAL_REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    },
  });
  const { endpoint } = part;
  const options = { endpoint, region: LOCAL_REGION, credentials: CREDENTIALS };
  const cloudFormation = new CloudFormationClient(options);
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(`${endpoint}/2015-03-31/functions/${path}`, {
      ...init,
      headers: { authorization: authorization('lambda') },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (response.ok) return response;
    throw new DeployCheckError(
      'emulator-failed',
      `Lambda responds ${response.status}: ${await response.text()}`,
    );
  };
  return {
    endpoint,
    cloudFormation,
    s3,
    async invoke(functionName, event) {
      const response = await call(`${encodeURIComponent(functionName)}/invocations`, {
        method: 'POST',
        body: JSON.stringify(event),
      });
      return { failed: response.headers.has('x-amz-function-error'), payload: await response.text() };
    },
    async environmentOf(functionName, qualifier) {
      const query = qualifier === undefined ? '' : `?Qualifier=${encodeURIComponent(qualifier)}`;
      const response = await call(`${encodeURIComponent(functionName)}/configuration${query}`);
      return parseJson(Configuration, await response.text()).Environment.Variables;
    },
    async [Symbol.asyncDispose]() {
      cloudFormation.destroy();
      s3.destroy();
      await part.stop();
    },
  };
}
