import * as z from 'zod';
import type { ReadResource } from './read-resource.ts';

const Key = z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) });
/** A secondary index, as templates and DynamoDB itself describe it. */
export const TableIndex = z.object({
  IndexName: z.string(),
  KeySchema: z.array(Key),
  Projection: z.object({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    NonKeyAttributes: z.array(z.string()).optional(),
  }),
});
/** What a table is, as templates and DynamoDB itself describe it. */
export const TableShape = z.object({
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema: z.array(Key),
  GlobalSecondaryIndexes: z.array(TableIndex).optional(),
  LocalSecondaryIndexes: z.array(TableIndex).optional(),
  StreamSpecification: z
    .object({ StreamViewType: z.enum(['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY']) })
    .optional(),
});
const shape = {
  ...TableShape.shape,
  TimeToLiveSpecification: z.object({ AttributeName: z.string(), Enabled: z.boolean() }).optional(),
};
const ignored = [
  'TableName',
  'BillingMode',
  'DeletionProtectionEnabled',
  'PointInTimeRecoverySpecification',
  'SSESpecification',
  'Tags',
];

/** A table as it is made on this machine. */
export interface TableDefinition {
  readonly logicalId: string;
  readonly name: string;
  readonly schema: z.infer<typeof TableShape>;
  /** The attribute that holds the second after which an item is removed. */
  readonly ttlAttribute: string | undefined;
}

export const readTable: ReadResource<TableDefinition> = ({ logicalId, local, properties }) => {
  const { TimeToLiveSpecification: ttl, ...schema } = properties({ shape, ignored });
  return { logicalId, name: local.name, schema, ttlAttribute: ttl?.Enabled ? ttl.AttributeName : undefined };
};
