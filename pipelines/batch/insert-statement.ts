import type { BatchStatementRequest } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { ItemKey } from '../../contracts/keys.ts';

/**
 * The PartiQL statement that writes an item where there is none with its key yet. Each value is a parameter; the names
 * are those that the item's contract has.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html.
 */
export function insertStatement(tableName: string, item: ItemKey): BatchStatementRequest {
  const attributes = Object.entries(marshall(item, { removeUndefinedValues: true }));
  const fields = attributes.map(([name]) => `'${name}': ?`).join(', ');
  return {
    Statement: `INSERT INTO "${tableName}" VALUE {${fields}}`,
    Parameters: attributes.map(([, value]) => value),
  };
}
