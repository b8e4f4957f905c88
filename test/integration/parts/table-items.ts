import { type DynamoDBClient, GetItemCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { TableItem } from '../../../contracts/entities/entities.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';

/** A test's table with what tests do to it directly. */
export class TestTable {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;

  constructor(dynamoDb: DynamoDBClient, tableName: string) {
    this.dynamoDb = dynamoDb;
    this.tableName = tableName;
  }

  /** Puts items as they are. */
  async put(...items: readonly object[]): Promise<void> {
    for (const item of items) {
      const Item = marshall(item, { removeUndefinedValues: true });
      await this.dynamoDb.send(new PutItemCommand({ TableName: this.tableName, Item }));
    }
  }

  /** An item as it is, or `undefined`. */
  async get({ pk, sk }: ItemKey): Promise<Record<string, unknown> | undefined> {
    const { Item } = await this.dynamoDb.send(
      new GetItemCommand({ TableName: this.tableName, Key: marshall({ pk, sk }), ConsistentRead: true }),
    );
    return Item && unmarshall(Item);
  }

  /** Every item, each checked against its contract. */
  async all(): Promise<TableItem[]> {
    const pages = paginateScan(
      { client: this.dynamoDb },
      { TableName: this.tableName, ConsistentRead: true },
    );
    const items: TableItem[] = [];
    for await (const { Items = [] } of pages) {
      items.push(...Items.map((item) => TableItem.parse(unmarshall(item))));
    }
    return items;
  }
}
