import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { InvalidValueError, parse, parseJson } from '../../../../contracts/reading.ts';
import type { SecretValues, ServiceEndpoints } from '../../../local/lambda/function-environment.ts';
import { LOCAL_HOST } from '../../../local/machine/free-port.ts';
import { type AwsCall, type AwsRequest, UnknownCallError } from './aws-call.ts';
import { type Evaluator, isAllowed, type Verdict } from './evaluator.ts';
import { type CallNames, callsOf, listBucket } from './service-calls.ts';

const HTTP_OK = 200;
const HTTP_BAD_REQUEST = 400;
const HTTP_FORBIDDEN = 403;
const HTTP_NOT_FOUND = 404;
const HTTP_BAD_GATEWAY = 502;

/** A call that a function made, with the verdict on it. */
export interface JudgedCall {
  /** The logical id of the function. */
  readonly role: string;
  readonly call: AwsCall;
  readonly verdict: Verdict;
}

/** Where the functions' requests to AWS go: each is judged by its function's role, and goes on to its part if IAM would let it. */
export interface JudgingGateway extends AsyncDisposable {
  readonly url: string;
  /** Every call so far. */
  readonly calls: readonly JudgedCall[];
  /** Requests whose calls could not be read, each said once. */
  readonly unknown: ReadonlySet<string>;
  /** Judges a call that no request made, such as those of Lambda with a function's role. */
  judge(role: string, call: AwsCall): Promise<boolean>;
  /** Lets requests fail that IAM would let through, until the returned function is called. */
  fail(fault: Fault): () => void;
}

/** Requests that fail. */
export interface Fault {
  readonly role: string;
  readonly action: string;
  /** What the resource's ARN ends with. */
  readonly resourceEnd?: string;
  readonly status: number;
  /** Whether the request reaches its service all the same, so that only its response is lost. */
  readonly isLate?: boolean;
  /** Whether only the first such request fails. */
  readonly once?: boolean;
}

export interface GatewayOptions {
  readonly evaluator: Evaluator;
  readonly names: () => CallNames;
  /** Where the services are. */
  readonly endpoints: ServiceEndpoints;
  readonly secrets: () => SecretValues;
}

/** The scope of a signature: `Credential=KEY/20260101/REGION/SERVICE/aws4_request`. The key is the function's logical id. */
const SCOPE = /Credential=(?<role>\w+)\/\d+\/[\w-]+\/(?<service>\w+)\/aws4_request/;

const UPSTREAMS: Readonly<Record<string, keyof ServiceEndpoints>> = {
  dynamodb: 'dynamoDb',
  sqs: 'messaging',
  sns: 'messaging',
  s3: 'messaging',
  ses: 'mail',
  lambda: 'awsApis',
  monitoring: 'awsApis',
  es: 'openSearch',
};

/** Starts it on a free port of 127.0.0.1. It stands for Secrets Manager itself, which is no part of the local system. */
export async function startJudgingGateway(options: GatewayOptions): Promise<JudgingGateway> {
  const calls: JudgedCall[] = [];
  const unknown = new Set<string>();
  const faults = new Set<Fault>();
  const judge = async (role: string, call: AwsCall): Promise<boolean> => {
    const verdict = await options.evaluator.evaluate(role, call);
    calls.push({ role, call, verdict });
    return isAllowed(verdict);
  };
  const server = createServer((request, response) => {
    serve(request, response, { ...options, judge, unknown, faults }).catch((error: unknown) => {
      unknown.add(error instanceof Error ? error.message : String(error));
      refuse(response, HTTP_BAD_GATEWAY, 'none', 'InternalError');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOCAL_HOST, resolve);
  });
  const { port } = parse(z.object({ port: z.number() }), server.address());
  return {
    url: `http://${LOCAL_HOST}:${port}`,
    calls,
    unknown,
    judge,
    fail(fault) {
      faults.add(fault);
      return () => void faults.delete(fault);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Judge = (role: string, call: AwsCall) => Promise<boolean>;

interface Serving extends GatewayOptions {
  readonly judge: Judge;
  readonly unknown: Set<string>;
  readonly faults: Set<Fault>;
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  { names, endpoints, secrets, judge, unknown, faults }: Serving,
): Promise<void> {
  const body = await buffer(incoming);
  const { role = '', service = '' } = SCOPE.exec(incoming.headers.authorization ?? '')?.groups ?? {};
  const request: AwsRequest = {
    service,
    method: incoming.method ?? '',
    url: new URL(incoming.url ?? '/', `http://${LOCAL_HOST}`),
    target: [incoming.headers['x-amz-target']].flat()[0],
    body: body.toString(),
  };
  const calls = readCalls(role, request, names(), unknown);
  const refused = calls === undefined || (await refusedOf(calls, service, role, judge));
  if (refused) return refuse(response, HTTP_FORBIDDEN, service, 'AccessDeniedException');
  if (service === 'secretsmanager') return giveSecret(response, request, secrets());
  const fault = [...faults].find((one) => calls.some((call) => isHit(one, role, call)));
  if (fault?.once === true) faults.delete(fault);
  if (fault !== undefined && fault.isLate !== true)
    return refuse(response, fault.status, service, FAULT_CODE);
  const upstream = UPSTREAMS[service];
  if (upstream === undefined) return refuse(response, HTTP_BAD_GATEWAY, service, 'UnknownService');
  const isMissing = async (): Promise<boolean> => {
    const bucket = service === 's3' ? request.url.pathname.split('/')[1] : undefined;
    return bucket !== undefined && !(await judge(role, listBucket(bucket)));
  };
  const result = await passed(incoming, body, endpoints[upstream] ?? '');
  if (fault !== undefined) return refuse(response, fault.status, service, FAULT_CODE);
  if (result.status === HTTP_NOT_FOUND && (await isMissing()))
    return refuse(response, HTTP_FORBIDDEN, service, 'AccessDenied');
  response.writeHead(result.status, result.headers);
  response.end(result.content);
}

const FAULT_CODE = 'InternalServerError';

const isHit = (fault: Fault, role: string, { action, resource }: AwsCall): boolean =>
  fault.role === role && fault.action === action && resource.endsWith(fault.resourceEnd ?? '');

function readCalls(
  role: string,
  request: AwsRequest,
  names: CallNames,
  unknown: Set<string>,
): readonly AwsCall[] | undefined {
  try {
    return callsOf(request, names);
  } catch (error) {
    if (!(error instanceof UnknownCallError || error instanceof InvalidValueError)) throw error;
    unknown.add(`${role}: ${error.message}`);
    return undefined;
  }
}

/** Of the identities of a mail one is enough: the address or its domain. */
const isIdentity = ({ resource }: AwsCall): boolean => resource.includes(':identity/');

async function refusedOf(
  calls: readonly AwsCall[],
  service: string,
  role: string,
  judge: Judge,
): Promise<boolean> {
  const verdicts: (readonly [AwsCall, boolean])[] = [];
  for (const call of calls) verdicts.push([call, await judge(role, call)]);
  const alternatives = service === 'ses' ? verdicts.filter(([call]) => isIdentity(call)) : [];
  const others = verdicts.filter((verdict) => !alternatives.includes(verdict));
  return (
    others.some(([, allowed]) => !allowed) ||
    (alternatives.length > 0 && !alternatives.some(([, allowed]) => allowed))
  );
}

interface Passed {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly content: Buffer;
}

/** Sends the request on as it came. */
function passed(incoming: IncomingMessage, body: Buffer, endpoint: string): Promise<Passed> {
  const target = new URL(incoming.url ?? '/', endpoint);
  const { method, headers } = incoming;
  return new Promise((resolve, reject) => {
    const outgoing = send(target, { method, headers: { ...headers, host: target.host } }, (received) => {
      const { 'transfer-encoding': _, ...rest } = received.headers;
      const status = received.statusCode ?? HTTP_BAD_GATEWAY;
      buffer(received).then((content) => resolve({ status, headers: rest, content }), reject);
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

const SecretRequest = z.object({ SecretId: z.string(), VersionStage: z.string().default('AWSCURRENT') });

function giveSecret(response: ServerResponse, { body }: AwsRequest, secrets: SecretValues): void {
  const { SecretId, VersionStage } = parseJson(SecretRequest, body);
  const SecretString = VersionStage === 'AWSCURRENT' ? secrets.get(SecretId) : undefined;
  if (SecretString === undefined) {
    refuse(response, HTTP_BAD_REQUEST, 'secretsmanager', 'ResourceNotFoundException');
    return;
  }
  response.writeHead(HTTP_OK, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify({ ARN: SecretId, SecretString, VersionStages: [VersionStage] }));
}

const XML_SERVICES = ['s3', 'sns'];

/** An error as the service would give it, which the SDK makes an exception of the same name. */
function refuse(response: ServerResponse, status: number, service: string, code: string): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  if (XML_SERVICES.includes(service)) {
    response.writeHead(status, { 'content-type': 'application/xml' });
    const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>Not granted</Message></Error>`;
    response.end(service === 's3' ? error : `<ErrorResponse>${error}</ErrorResponse>`);
    return;
  }
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': code });
  response.end(JSON.stringify({ __type: code, message: 'Not granted' }));
}
