import {
  type CloudFormationClient,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { isNoStack } from './no-stack.ts';

const NESTED = 'AWS::CloudFormation::Stack';
/** A stack of this project has three, and they have none. */
const DEPTH_MAX = 2;

/**
 * The physical ids of what a stack and its nested stacks have, by logical id. `sam list resources` does not read templates with loops. CloudFormation
 * knows what a deleted nested stack left behind for 90 days.
 * See https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html.
 *
 * @throws the SDK's own errors, such as a ValidationError for a stack that is not there.
 */
export async function stackResources(
  client: CloudFormationClient,
  stackName: string,
  depth = 1,
): Promise<ReadonlyMap<string, string>> {
  const physicalIds = new Map<string, string>();
  for (const { logicalId, physicalId, type, isDeleted } of await resourcesOf(client, stackName))
    if (type !== NESTED) {
      if (!isDeleted) physicalIds.set(logicalId, physicalId);
    } else if (depth < DEPTH_MAX)
      for (const [name, id] of await nestedResources(physicalId, isDeleted)) physicalIds.set(name, id);
  return physicalIds;

  async function nestedResources(nested: string, isDeleted: boolean): Promise<ReadonlyMap<string, string>> {
    try {
      return await stackResources(client, nested, depth + 1);
    } catch (error) {
      if (isDeleted && isNoStack(error)) return new Map();
      throw error;
    }
  }
}

async function resourcesOf(client: CloudFormationClient, StackName: string) {
  const summaries: StackResourceSummary[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName }))
    summaries.push(...StackResourceSummaries);
  return summaries
    .map(({ LogicalResourceId = '', PhysicalResourceId = '', ResourceType = '', ResourceStatus }) => ({
      logicalId: LogicalResourceId,
      physicalId: PhysicalResourceId,
      type: ResourceType,
      isDeleted: ResourceStatus === 'DELETE_COMPLETE',
    }))
    .filter(({ physicalId }) => physicalId !== '');
}
