import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import * as z from 'zod';
import type { Operation } from '../../contracts/api/operation.ts';
import { PRIVILEGED_SCOPES } from '../../contracts/api/scopes.ts';
import { UserId } from '../../contracts/ids.ts';
import { read } from '../../contracts/reading.ts';
import { type Caller, hasScope } from '../../pipelines/api/caller.ts';
import { pseudonymOf } from '../../pipelines/users/pseudonym.ts';

/** What is known of a request when it ends: no caller without a valid token, and no result where it was refused or failed. */
export interface Attempt {
  caller?: Caller;
  result?: object;
  /** `unknown` after a failure: a write may have come through whose response was lost. */
  outcome: 'done' | 'refused' | 'unknown';
}

/**
 * Leaves the audit line of a request that may write: what was asked for, by whom, on what, and how it ended. Users have a pseudonym, which
 * the log forgets only after LogRetentionDays. A person who knows the id finds who changed what of them. A caller with another scope than `shop` is named.
 */
export function logWrite(
  logger: Pick<Logger, 'info'>,
  attempt: Attempt,
  {
    event,
    context,
    operation,
  }: {
    readonly event: APIGatewayProxyEventV2;
    readonly context: Pick<Context, 'awsRequestId'>;
    readonly operation: Operation | undefined;
  },
): void {
  if (operation === undefined || operation.method === 'GET') return;
  logger.info('Audit', { audit: auditOf(operation, event, attempt), requestId: context.awsRequestId });
}

/** The ids that an audit line names: the system makes them, or the shop does. The other ids of a path are a user's, or chosen by one. */
const AUDITED_IDS = ['orderId', 'sku', 'transactionId', 'id', 'consumer'] as const;
const Ids = z.object(Object.fromEntries(AUDITED_IDS.map((name) => [name, z.string().optional()])));
/** Whose path it is: the users of a batch are in its body, which is not read here. */
const OfUser = z.object({ userId: UserId });
const Replayable = z.object({ response: z.unknown() });

function auditOf(
  { id, parameters }: Operation,
  { pathParameters, requestContext }: APIGatewayProxyEventV2,
  { caller, result, outcome }: Attempt,
): object {
  const body = read(Replayable, result).data?.response ?? result;
  // A path that its own schema refuses may hold any text, such as an address.
  const path = parameters?.path && read(parameters.path, pathParameters).data;
  const user = (read(OfUser, pathParameters).data ?? read(OfUser, body).data)?.userId;
  return {
    operation: id,
    outcome,
    actor: caller && actorOf(caller),
    scopes: [...(caller?.scopes ?? [])],
    target: {
      ...read(Ids, body).data,
      ...read(Ids, path).data,
      ...(user !== undefined && { user: pseudonymOf(user) }),
    },
    correlationId: requestContext.requestId,
  };
}

const actorOf = (caller: Caller): string =>
  hasScope(caller, PRIVILEGED_SCOPES) ? caller.sub : pseudonymOf(caller.sub);
