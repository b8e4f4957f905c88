import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { localPlan } from '../../../infra/local/plan/local-plan.ts';
import type { TableDefinition } from '../../../infra/local/plan/table.ts';
import { createTables } from '../../../infra/local/system/create-tables.ts';
import { readTemplate } from '../../../infra/local/template/template.ts';
import { PLAN_PARAMETERS } from '../../builders/plan-parameters.ts';

/**
 * Makes a table as the template's Table but without its stream, under a name of its own, and waits until it can be used.
 * At each write to a table with a stream, DynamoDB Local looks through all records of the streams that it made before.
 */
export function createTestTable(client: DynamoDBClient): Promise<string> {
  const definition = definitionOf('Table');
  const { StreamSpecification: _, ...schema } = definition.schema;
  return create(client, { ...definition, schema });
}

/** Makes a table as the template's Table, stream and all, for those who read it. */
export const createStreamedTable = (client: DynamoDBClient): Promise<string> =>
  create(client, definitionOf('Table'));

/** Makes a table as the template's IdempotencyTable, under a name of its own. */
export const createIdempotencyTable = (client: DynamoDBClient): Promise<string> =>
  create(client, definitionOf('IdempotencyTable'));

/** Makes a table as the template's OperationsTable, under a name of its own. */
export const createOperationsTable = (client: DynamoDBClient): Promise<string> =>
  create(client, definitionOf('OperationsTable'));

/** Makes a table as the template's MailboxTable, under a name of its own. */
export const createMailboxTable = (client: DynamoDBClient): Promise<string> =>
  create(client, definitionOf('MailboxTable'));

let tables: readonly TableDefinition[] | undefined;

function definitionOf(logicalId: string): TableDefinition {
  tables ??= localPlan(readTemplate(), { ...PLAN_PARAMETERS, OrderMails: 'Enabled' }, '').tables;
  const definition = tables.find((one) => one.logicalId === logicalId);
  if (definition === undefined) throw new Error(`The template has no table ${logicalId}`);
  return definition;
}

async function create(client: DynamoDBClient, definition: TableDefinition): Promise<string> {
  const name = `${definition.name}-${randomUUID()}`;
  await createTables(client, [{ ...definition, name }]);
  return name;
}
