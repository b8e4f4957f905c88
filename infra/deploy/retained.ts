import type { Template } from '../local/template/template.ts';
import { type Place, placeOptions } from './deploy.ts';

/** A resource that outlives its stack. */
export interface RetainedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
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
 * What remains of a stack that is deleted: the resources that it has, and whose policy says so.
 *
 * @param physicalIds What the stack has, by logical id.
 */
export function retainedResources(
  { Resources }: Pick<Template, 'Resources'>,
  physicalIds: ReadonlyMap<string, string>,
): readonly RetainedResource[] {
  return Object.entries(Resources).flatMap(([logicalId, { Type, DeletionPolicy }]) => {
    const physicalId = physicalIds.get(logicalId);
    return physicalId !== undefined && RETAINING.includes(String(DeletionPolicy))
      ? [{ logicalId, type: Type, physicalId }]
      : [];
  });
}

const TOPIC_ARN = /^arn:[^:]+:sns:([^:]+):([^:]+):([^:]+)$/;

/**
 * The log groups that SNS makes at the first failed delivery of a topic, and no template: they outlive the stack and keep everything.
 * See https://docs.aws.amazon.com/sns/latest/dg/topics-attrib-prereq.html.
 */
export const deliveryLogs = (
  { Resources }: Pick<Template, 'Resources'>,
  physicalIds: ReadonlyMap<string, string>,
): readonly RetainedResource[] =>
  Object.entries(Resources).flatMap(([logicalId, { Properties }]) => {
    const [, ...parts] = TOPIC_ARN.exec(physicalIds.get(logicalId) ?? '') ?? [];
    return 'DeliveryStatusLogging' in Properties && parts.length > 0
      ? [{ logicalId, type: 'AWS::Logs::LogGroup', physicalId: ['sns', ...parts, 'Failure'].join('/') }]
      : [];
  });

/** The logical ids of what remains of a stack whose first creation fails. */
export const orphansOf = ({ Resources }: Pick<Template, 'Resources'>): readonly string[] =>
  Object.entries(Resources).flatMap(([logicalId, { DeletionPolicy }]) =>
    DeletionPolicy === 'Retain' ? [logicalId] : [],
  );

/** The commands that empty and delete it, where it is. @throws RangeError for a type without commands. */
export function deletionCommands(
  { logicalId, type, physicalId }: RetainedResource,
  place: Place,
): readonly string[] {
  const commands = COMMANDS[type];
  if (commands === undefined) throw new RangeError(`No command deletes ${logicalId} of the type ${type}`);
  return commands(quoted(physicalId)).map((command) =>
    [command, ...placeOptions(place).map(quoted)].join(' '),
  );
}

/** Of names and URLs, quotes are needed by none that AWS allows today; a profile may have any name. */
const quoted = (id: string): string => (/^[\w./:-]+$/.test(id) ? id : `'${id.replaceAll("'", `'\\''`)}'`);
