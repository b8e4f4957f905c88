import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTables } from '../../infra/local/system/create-tables.ts';
import { localPlan } from '../../infra/local/template/local-plan.ts';
import { readTemplate } from '../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../builders/plan-parameters.ts';

/** Makes a table as the template's Table, under a name of its own, and waits until it can be used. */
export const createTestTable = (client: DynamoDBClient): Promise<string> => create(client, 'Table');

/** Makes a table as the template's IdempotencyTable, under a name of its own. */
export const createIdempotencyTable = (client: DynamoDBClient): Promise<string> =>
  create(client, 'IdempotencyTable');

/** Makes a table as the template's MailboxTable, under a name of its own. */
export const createMailboxTable = (client: DynamoDBClient): Promise<string> => create(client, 'MailboxTable');

async function create(client: DynamoDBClient, logicalId: string): Promise<string> {
  const definition = localPlan(readTemplate(), { ...PLAN_PARAMETERS, OrderMails: 'Enabled' }, '').tables.find(
    (one) => one.logicalId === logicalId,
  );
  if (definition === undefined) throw new Error(`The template has no table ${logicalId}`);
  const name = `${definition.name}-${randomUUID()}`;
  await createTables(client, [{ ...definition, name }]);
  return name;
}
