import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { parse, parseJson } from '../../../../contracts/reading.ts';
import { indexDefinitions } from '../../../../handlers/deploy/index-definitions.ts';
import { LOCAL_HOST } from '../../../local/machine/free-port.ts';
import type { LocalSystem } from '../../../local/system/local-system.ts';
import type { Fault, JudgedCall, JudgingGateway } from '../iam/gateway.ts';

type Gateway = Pick<JudgingGateway, 'fail' | 'calls'>;

const WAIT_MS_MAX = 30_000;
const LOOK_INTERVAL_MS = 50;
/** More than a report itself takes, so that some go to an object beside it. */
const REJECTED_ROWS = 1_100;

/** Ends a function's run as a failure of the work, if it ended so. */
export async function run(
  { functions }: LocalSystem,
  logicalId: string,
  event: unknown,
): Promise<readonly string[]> {
  const result = await functions.get(logicalId)?.invoke(event);
  return result?.outcome === 'success' ? [] : [`${logicalId} ends with ${JSON.stringify(result)}`];
}

/**
 * Installs the indices as CloudFormation has it done: where there are none, where one has lost its aliases, and where OpenSearch refuses a
 * complete mapping.
 */
export async function installIndices(system: LocalSystem, gateway: Gateway): Promise<readonly string[]> {
  const { indices } = system.clients.openSearch;
  const names = indexDefinitions.map(({ name }) => name);
  await indices.delete({ index: names.map((name) => `${name}-v1`) });
  const failures = [...(await installOnce(system))];
  for (const name of names) await indices.putAlias({ index: `${name}-v1`, name: `${name}-shadow` });
  const refused = names.flatMap((name) =>
    ['write', 'shadow'].map((alias) =>
      gateway.fail({ ...INSTALLING, resourceEnd: `/${name}-${alias}/_mapping`, status: 400, once: true }),
    ),
  );
  failures.push(...(await installOnce(system)));
  for (const end of refused) end();
  for (const name of names) await indices.deleteAlias({ index: `${name}-v1`, name: `${name}-shadow` });
  const [first = ''] = names;
  await indices.deleteAlias({ index: `${first}-v1`, name: [first, `${first}-write`] });
  failures.push(...(await installOnce(system)));
  return failures;
}

const INSTALLING = { role: 'InstallIndicesFunction', action: 'es:ESHttpPut' } as const;

/** CloudFormation's request, and a server for the response to it. */
async function installOnce(system: LocalSystem): Promise<readonly string[]> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    text(request).then((body) => {
      resolve(body);
      response.end();
    }, resolve);
  });
  await new Promise<void>((listening) => server.listen(0, LOCAL_HOST, listening));
  const { port } = parse(z.object({ port: z.number() }), server.address());
  try {
    const failures = await run(system, 'InstallIndicesFunction', {
      RequestType: 'Create',
      ResponseURL: `http://${LOCAL_HOST}:${port}/`,
      StackId: 'judge',
      RequestId: 'judge',
      LogicalResourceId: 'SearchIndices',
    });
    if (failures.length > 0) return failures;
    const { Status, Reason = '' } = parseJson(Response, await promise);
    return Status === 'SUCCESS' ? [] : [`InstallIndicesFunction responds ${Status}: ${Reason}`];
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const Response = z.object({ Status: z.string(), Reason: z.string().optional() });

const HEADER =
  'sourceId,userId,placedAt,currency,shipToName,shipToCity,shipToCountry,sku,name,category,quantity,amount';
const rowOf = (sourceId: string, quantity: string): string =>
  `${sourceId},ada,2014-06-09T12:00:00.000Z,EUR,Ada,Dresden,Germany,chair,Oak chair,Furniture,${quantity},12500`;

/** An order of long ago, which is cancelled as stale, and more rejected rows than the report takes. */
export async function importOrders({ clients, names }: LocalSystem): Promise<void> {
  const rejected = Array.from({ length: REJECTED_ROWS }, (_, place) => rowOf(`bad-${place}`, 'none'));
  const Body = [HEADER, rowOf('good', '1'), ...rejected].join('\n');
  await clients.s3.send(
    new PutObjectCommand({ Bucket: names['ImportBucket'], Key: 'imports/judge.csv', Body }),
  );
}

/** Lets a consumer's sink fail until the consumer has reported the failure, and waits until it has reported its end. */
export async function disturb(
  gateway: Gateway,
  fault: Fault,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const end = gateway.fail(fault);
  try {
    await work();
    if (!(await isReported(gateway, fault.role, 'dynamodb:UpdateItem')))
      return [`${fault.role} does not report that ${fault.action} fails`];
  } finally {
    end();
  }
  return (await isReported(gateway, fault.role, 'dynamodb:DeleteItem'))
    ? []
    : [`${fault.role} does not report that ${fault.action} fails no more`];
}

/** Whether a function writes the item of a failure by this action, within a time. */
async function isReported({ calls }: Gateway, role: string, action: string): Promise<boolean> {
  const deadlineMs = Date.now() + WAIT_MS_MAX;
  const isReport = (one: JudgedCall): boolean =>
    one.role === role && one.call.action === action && JSON.stringify(one.call.context).includes('FAILURE#');
  while (!calls.some(isReport) && Date.now() < deadlineMs) await sleep(LOOK_INTERVAL_MS);
  return calls.some(isReport);
}
