import type { Template } from '../local/template/template.ts';

/** A resource that outlives its stack. */
export interface RetainedResource {
  readonly logicalId: string;
  readonly type: string;
  /** Absent where the stack's list does not have it: it belongs to a nested stack, or to a part that is off. */
  readonly physicalId: string | undefined;
  /** Whether it outlives a first creation that fails too. */
  readonly isOrphanedByFailure: boolean;
}

const RETAINING = ['Retain', 'RetainExceptOnCreate'];
/** What empties and deletes a resource, by its type. SQS deletes the messages with the queue. */
const COMMANDS: Readonly<Record<string, (id: string) => readonly string[]>> = {
  'AWS::DynamoDB::Table': (id) => [
    `aws dynamodb update-table --table-name ${id} --no-deletion-protection-enabled`,
    `aws dynamodb delete-table --table-name ${id}`,
  ],
  'AWS::S3::Bucket': (id) => [`aws s3 rm s3://${id} --recursive`, `aws s3api delete-bucket --bucket ${id}`],
  'AWS::SQS::Queue': (id) => [`aws sqs delete-queue --queue-url ${id}`],
  'AWS::Logs::LogGroup': (id) => [`aws logs delete-log-group --log-group-name ${id}`],
};

/**
 * What remains of a stack that is deleted: the resources whose policy says so.
 *
 * @param physicalIds By logical id, as far as they are known.
 */
export function retainedResources(
  { Resources }: Pick<Template, 'Resources'>,
  physicalIds: ReadonlyMap<string, string>,
): readonly RetainedResource[] {
  return Object.entries(Resources)
    .filter(([, { DeletionPolicy }]) => RETAINING.includes(String(DeletionPolicy)))
    .map(([logicalId, { Type, DeletionPolicy }]) => ({
      logicalId,
      type: Type,
      physicalId: physicalIds.get(logicalId),
      isOrphanedByFailure: DeletionPolicy === 'Retain',
    }));
}

/** The commands that empty and delete it; of one without a known name, how to find it. @throws RangeError for a type without commands. */
export function deletionCommands({ logicalId, type, physicalId }: RetainedResource): readonly string[] {
  const commands = COMMANDS[type];
  if (commands === undefined) throw new RangeError(`No command deletes ${logicalId} of the type ${type}`);
  if (physicalId !== undefined) return commands(quoted(physicalId));
  return [
    `# ${logicalId} (${type}) is of a nested stack, or was never made: look for its name in the console.`,
  ];
}

/** Physical ids are names and URLs; quotes are needed by none that AWS allows today. */
const quoted = (id: string): string => (/^[\w./:-]+$/.test(id) ? id : `'${id.replaceAll("'", `'\\''`)}'`);
