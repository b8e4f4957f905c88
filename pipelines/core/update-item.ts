import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Version } from '../../contracts/ids.ts';
import type { ItemKey } from '../../contracts/keys.ts';

type Attributes = ItemKey & { readonly version: Version };

/**
 * The write that makes of an item as it was read what `left` says, and holds only where the item still is of that version:
 * one expression that sets what differs and removes what is gone. The key attributes are never part of it.
 */
export function updateItem<Item extends Attributes>(
  tableName: string,
  read: Item,
  left: Item,
): TransactWriteItem {
  const { pk, sk, ...before } = read;
  const { pk: _pk, sk: _sk, ...after } = left;
  const old = new Map<string, unknown>(Object.entries(before));
  const set = Object.entries(after).filter(([name, value]) => value !== undefined && value !== old.get(name));
  const kept = new Set(Object.entries(after).flatMap(([name, value]) => (value === undefined ? [] : name)));
  const gone = [...old.keys()].filter((name) => old.get(name) !== undefined && !kept.has(name));
  const named = [...set.map(([name]) => name), ...gone];
  const assignments = set.map(([name]) => `#${name} = :${name}`).join(', ');
  const removal = gone.length === 0 ? '' : ` REMOVE ${gone.map((name) => `#${name}`).join(', ')}`;
  return {
    Update: {
      TableName: tableName,
      Key: marshall({ pk, sk }),
      UpdateExpression: `SET ${assignments}${removal}`,
      ConditionExpression: '#version = :readVersion',
      ExpressionAttributeNames: Object.fromEntries(
        [...new Set([...named, 'version'])].map((name) => [`#${name}`, name]),
      ),
      ExpressionAttributeValues: marshall({
        ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
        ':readVersion': read.version,
      }),
    },
  };
}
